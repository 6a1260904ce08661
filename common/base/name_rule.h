#pragma once

#include <string_view>

namespace soarm {

inline constexpr std::string_view kNameRule =
    "use up to 31 of a-z, 0-9 and _, starting with a letter";

// Names of buses, groups and poses: they appear in RPCs, metrics and paths.
constexpr bool IsName(std::string_view text) {
  if (text.empty() || text.size() > 31 || text[0] < 'a' || text[0] > 'z') return false;
  for (const char c : text) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  }
  return true;
}

}  // namespace soarm
