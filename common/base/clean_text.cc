#include "common/base/clean_text.h"

#include <cstdint>

#include "common/base/utf8.h"

namespace soarm {
namespace {

bool IsBlank(std::uint32_t code) {
  return code == ' ' || (code >= '\t' && code <= '\r') || code == 0x2028 || code == 0x2029;
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

}  // namespace soarm
