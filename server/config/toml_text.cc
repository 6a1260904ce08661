#include "server/config/toml_text.h"

#include <optional>

namespace soarm {
namespace {

// Our own files go four deep. Brackets and the dots of a key each, so their product at most.
constexpr int kDeepest = 16;

// Walks over a text as TOML's own grammar cuts it into strings, comments and the rest. What is no
// TOML may be cut differently than the parser would; the parser then stops there with an error.
class NestingScan {
 public:
  explicit NestingScan(std::string_view text) : text_(text) {}

  // The first line that goes too deep.
  std::optional<int> FindTooDeep() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        SkipTo('\n');
      } else if (c == '"' || c == '\'') {
        SkipString(c);
      } else {
        ++at_;
        Count(c);
        if (brackets_ > kDeepest || dots_ > kDeepest) return line_;
      }
    }
    return std::nullopt;
  }

 private:
  void Count(char c) {
    if (c == '\n') ++line_;
    if (c == '[' || c == '{') ++brackets_;
    if ((c == ']' || c == '}') && brackets_ > 0) --brackets_;
    if (c == '.') {
      ++dots_;
    } else if (std::string_view("\n=,[]{}").find(c) != std::string_view::npos) {
      dots_ = 0;
    }
  }

  void SkipTo(char end) {
    while (at_ < text_.size() && text_[at_] != end) ++at_;
  }

  void SkipString(char quote) {
    const std::string three(3, quote);
    const bool is_long = text_.substr(at_).starts_with(three);
    at_ += is_long ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n' && !is_long) return;
      if (c == '\n') ++line_;
      if (c == '\\' && quote == '"') {
        // What is escaped ends nothing; a line break at the end of a line still is one.
        if (at_ + 1 < text_.size() && text_[at_ + 1] != '\n') ++at_;
      } else if (c == quote && !is_long) {
        ++at_;
        return;
      } else if (is_long && text_.substr(at_).starts_with(three)) {
        at_ += 3;
        // Up to two more belong to the string.
        for (int more = 0; more < 2 && at_ < text_.size() && text_[at_] == quote; ++more) ++at_;
        return;
      }
      ++at_;
    }
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  int brackets_ = 0;  // open
  int dots_ = 0;      // of this key
};

}  // namespace

std::variant<toml::table, TomlFault> ParseToml(std::string_view text, std::string_view name) {
  if (const auto line = NestingScan(text).FindTooDeep()) {
    return TomlFault{*line, "nested deeper than " + std::to_string(kDeepest) + " levels",
                     "remove this line"};
  }
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    return TomlFault{static_cast<int>(error.source().begin.line),
                     "not TOML: " + std::string(error.description()),
                     "see https://toml.io for the syntax"};
  }
}

std::string TomlString(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace soarm
