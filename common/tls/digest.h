#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace soarm::tls {

// Bytes as hexadecimal digits, and back; nothing where `text` is none.
std::string ToHex(std::string_view bytes);
std::optional<std::string> FromHex(std::string_view text);

// Bytes as base64 for URLs and file names, without padding (RFC 4648, section 5), and back.
std::string ToBase64Url(std::string_view bytes);
std::optional<std::string> FromBase64Url(std::string_view text);

// 32 bytes.
std::string Sha256(std::string_view bytes);

// Bytes that nobody can guess. Ends the process where the system has none.
std::string RandomBytes(std::size_t size);

// Whether they are equal, in a time that tells nothing about where they differ.
bool SameSecret(std::string_view a, std::string_view b);

}  // namespace soarm::tls
