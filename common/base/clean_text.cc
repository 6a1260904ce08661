#include "common/base/clean_text.h"

#include <cstdint>

namespace soarm {
namespace {

struct Decoded {
  std::size_t size = 0;  // 0: no character begins here
  std::uint32_t code = 0;
};

Decoded Decode(std::string_view text) {
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

bool IsBlank(std::uint32_t code) {
  return code == ' ' || (code >= '\t' && code <= '\r') || code == 0x2028 || code == 0x2029;
}

bool IsShown(std::uint32_t code) {
  if (code < ' ' || (code >= 0x7F && code < 0xA0)) return false;
  const bool turns = code == 0x061C || code == 0x200E || code == 0x200F ||
                     (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  return !turns && code != 0xFEFF;
}

}  // namespace

std::string CleanText(std::string_view text, std::size_t longest) {
  std::string clean;
  while (!text.empty()) {
    const Decoded next = Decode(text);
    const std::size_t size = next.size == 0 ? 1 : next.size;
    std::string_view shown = text.substr(0, size);
    if (next.size == 0 || !IsShown(next.code)) shown = "?";
    if (next.size != 0 && IsBlank(next.code)) shown = " ";
    text.remove_prefix(size);
    if (clean.empty() && shown == " ") continue;
    if (clean.size() + shown.size() > longest) break;
    clean += shown;
  }
  while (!clean.empty() && clean.back() == ' ') clean.pop_back();
  return clean;
}

}  // namespace soarm
