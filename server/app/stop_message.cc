#include "server/app/stop_message.h"

#include <optional>

#include "common/base/clean_text.h"

namespace soarm {
namespace {

constexpr std::size_t kLongestText = 200;
constexpr std::string_view kSeparators(" \t\r\n\v\f\0:,;", 10);

std::string_view SkipSeparators(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSeparators);
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

// A level by its name as anybody may type it, without marks between words.
std::string PlainWord(std::string_view word) {
  std::string plain;
  for (const char c : word) {
    if (c >= 'A' && c <= 'Z') {
      plain += static_cast<char>(c - 'A' + 'a');
    } else if (c != '-' && c != '_') {
      plain += c;
    }
  }
  return plain;
}

std::optional<StopLevel> LevelOf(std::string_view word) {
  const std::string plain = PlainWord(word);
  if (plain == "stop" || plain.empty()) return StopLevel::kHold;
  for (const StopLevel level : kStopLevels) {
    if (plain == PlainWord(StopLevelName(level))) return level;
  }
  return std::nullopt;
}

}  // namespace

StopMessage ParseStopMessage(std::string_view text) {
  const std::string_view all = SkipSeparators(text);
  const std::string_view word = all.substr(0, all.find_first_of(kSeparators));
  const std::optional<StopLevel> level = LevelOf(word);
  if (!level) return {StopLevel::kHold, CleanText(all, kLongestText), false};
  return {*level, CleanText(SkipSeparators(all.substr(word.size())), kLongestText), true};
}

}  // namespace soarm
