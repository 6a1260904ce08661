#include "common/base/utf8.h"

namespace soarm {

Utf8Char DecodeUtf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return {1, byte(0)};
  std::size_t size = 0;
  std::uint32_t code = 0;
  std::uint32_t least = 0;
  if ((byte(0) & 0xE0U) == 0xC0) {
    size = 2, code = byte(0) & 0x1FU, least = 0x80;
  } else if ((byte(0) & 0xF0U) == 0xE0) {
    size = 3, code = byte(0) & 0x0FU, least = 0x800;
  } else if ((byte(0) & 0xF8U) == 0xF0) {
    size = 4, code = byte(0) & 0x07U, least = 0x10000;
  }
  if (size == 0 || size > text.size()) return {};
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {};
    code = code << 6U | (byte(i) & 0x3FU);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < least || code > 0x10FFFF || surrogate) return {};
  return {size, code};
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const Utf8Char next = DecodeUtf8(text);
    if (next.size == 0) return false;
    text.remove_prefix(next.size);
  }
  return true;
}

bool IsShown(std::uint32_t code) {
  if (code < ' ' || (code >= 0x7F && code < 0xA0)) return false;
  const bool turns = code == 0x061C || code == 0x200E || code == 0x200F ||
                     (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  const bool separates = code == 0x2028 || code == 0x2029;
  return !turns && !separates && code != 0xFEFF;
}

}  // namespace soarm
