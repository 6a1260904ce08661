#include "common/base/clean_text.h"

#include <cstdint>

#include "common/base/utf8.h"

namespace soarm {
namespace {

constexpr std::size_t kLongestShown = 64;

bool IsBlank(std::uint32_t code) {
  return code == ' ' || (code >= '\t' && code <= '\r') || code == 0x2028 || code == 0x2029;
}

bool HasWidth(std::uint32_t code) {
  const bool joins = code == 0x00AD || (code >= 0x200B && code <= 0x200D) || code == 0x2060;
  const bool space = code == 0x00A0 || (code >= 0x2000 && code <= 0x200A) || code == 0x202F ||
                     code == 0x205F || code == 0x3000;
  return IsShown(code) && !IsBlank(code) && !joins && !space;
}

}  // namespace

std::string CleanText(std::string_view text, std::size_t longest) {
  std::string clean;
  while (!text.empty()) {
    const Utf8Char next = DecodeUtf8(text);
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

std::string CleanLines(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const Utf8Char next = DecodeUtf8(text);
    const std::size_t size = next.size == 0 ? 1 : next.size;
    const bool as_it_is = next.size != 0 && (next.code == '\n' || IsShown(next.code));
    clean += as_it_is ? text.substr(0, size) : "?";
    text.remove_prefix(size);
  }
  return clean;
}

bool HasShown(std::string_view text) {
  while (!text.empty()) {
    const Utf8Char next = DecodeUtf8(text);
    if (next.size != 0 && HasWidth(next.code)) return true;
    text.remove_prefix(next.size == 0 ? 1 : next.size);
  }
  return false;
}

std::string CutText(std::string_view text, std::size_t size) {
  if (text.size() <= size) return std::string(text);
  std::size_t end = size;
  // Half a character would make a string field invalid.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "...";
}

std::string Shown(std::string_view text) { return "\"" + CutText(text, kLongestShown) + "\""; }

}  // namespace soarm
