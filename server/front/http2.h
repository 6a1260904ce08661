#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace soarm {

// What a client of HTTP/2 says first, whatever it wants.
inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// Of RFC 9113, sections 4.1 and 6.
enum class Http2Type : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kRstStream = 3,
  kSettings = 4,
  kPing = 6,
  kGoAway = 7,
  kContinuation = 9,
};
inline constexpr std::uint8_t kAckFlag = 0x01;         // of PING and SETTINGS
inline constexpr std::uint8_t kEndStreamFlag = 0x01;   // of DATA and HEADERS
inline constexpr std::uint8_t kEndHeadersFlag = 0x04;  // of HEADERS and CONTINUATION
inline constexpr std::uint8_t kPaddedFlag = 0x08;      // of HEADERS
inline constexpr std::uint8_t kPriorityFlag = 0x20;    // likewise
inline constexpr std::size_t kPingBytes = 8;

// What an HTTP/2 server says to a client that it does not serve: that the connection ends, and
// `why` for people. gRPC's clients put that into the error of their call.
std::string Http2Refusal(std::string_view why);

// The same to one that it has served. Not known is what of its calls was done.
std::string Http2Goodbye(std::string_view why);

// What the other end has to send back, marked as an answer; `payload` has kPingBytes.
std::string Http2Ping(std::string_view payload);

}  // namespace soarm
