#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace soarm::test {

// As much of HTTP/2 (RFC 9113) as it takes to begin calls and take them back, made by hand: what no
// gRPC library would send is what it is for.

inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum FrameType : char { kHeaders = 1, kReset = 3, kSettings = 4, kPing = 6 };
inline constexpr char kEndOfHeaders = 4;

// Appends `value` in so many bytes, the highest first.
void AppendNumber(std::string& out, std::size_t value, int bytes);
std::string Frame(FrameType type, char flags, unsigned stream, const std::string& payload);
// The payload of a HEADERS frame that begins a call of `method`
// ("/soarm.v1.StateService/GetState").
std::string CallHeaders(const std::string& method);

}  // namespace soarm::test
