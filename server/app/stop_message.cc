#include "server/app/stop_message.h"

namespace soarm {
namespace {

constexpr std::size_t kLongestReason = 200;

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::optional<StopLevel> LevelOf(std::string_view word) {
  if (word == "hold") return StopLevel::kHold;
  if (word == "soft-hold") return StopLevel::kSoftHold;
  if (word == "release") return StopLevel::kRelease;
  return std::nullopt;
}

}  // namespace

std::optional<StopMessage> ParseStopMessage(std::string_view text) {
  text = Trim(text);
  const std::size_t space = text.find(' ');
  const std::optional<StopLevel> level = LevelOf(text.substr(0, space));
  if (!level) return std::nullopt;
  StopMessage message{*level, ""};
  if (space != std::string_view::npos) {
    message.reason = Trim(text.substr(space)).substr(0, kLongestReason);
    // It ends up in Protobuf strings and logs: printable ASCII only.
    for (char& c : message.reason) {
      if (c < ' ' || c > '~') c = '?';
    }
  }
  return message;
}

}  // namespace soarm
