#pragma once

#include <string>
#include <string_view>
#include <variant>

#include <toml++/toml.h>

namespace soarm {

// Why a text is no table.
struct TomlFault {
  int line = 0;
  std::string what;
  std::string fix;  // one imperative phrase
};

// Parses TOML that anybody may have written. What is nested deeper than any file of ours is refused
// before the parser sees it, which goes as deep as the text and takes the stack with it.
std::variant<toml::table, TomlFault> ParseToml(std::string_view text, std::string_view name);

// `text`, which has no control characters, as a string of TOML.
std::string TomlString(std::string_view text);

}  // namespace soarm
