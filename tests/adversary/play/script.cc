#include "tests/adversary/play/script.h"

#include <algorithm>
#include <array>
#include <optional>

namespace soarm::adversary {
namespace {

struct Switch {
  std::string_view name;
  bool sim::FirmwareOptions::* option;
};
constexpr std::array<Switch, 8> kSwitches = {{
    {"auto_torque_on", &sim::FirmwareOptions::auto_torque_on},
    {"jump_to_stale_goal", &sim::FirmwareOptions::jump_to_stale_goal},
    {"lock_at_power_up", &sim::FirmwareOptions::lock_at_power_up},
    {"return_delay_honoured", &sim::FirmwareOptions::return_delay_honoured},
    {"sync_read_slots", &sim::FirmwareOptions::sync_read_slots},
    {"back_to_back_lost", &sim::FirmwareOptions::back_to_back_lost},
    {"recalibrate_command", &sim::FirmwareOptions::recalibrate_command},
    {"overload_needs_power_cycle", &sim::FirmwareOptions::overload_needs_power_cycle},
}};
constexpr std::array<std::string_view, 3> kTimings = {"slots", "bench", "usb1ms"};

std::string PrintFirmware(const sim::FirmwareOptions& firmware) {
  std::string text = firmware.minor == 9 ? "3.9" : "3.10";
  const sim::FirmwareOptions usual = *sim::FirmwareFor(text);
  for (const Switch& one : kSwitches) {
    if (firmware.*one.option == usual.*one.option) continue;
    text += "," + std::string(one.name) + (firmware.*one.option ? "=1" : "=0");
  }
  return text;
}

std::optional<sim::FirmwareOptions> ParseFirmware(std::string_view text) {
  const std::vector<std::string> parts = SplitList(text);
  if (parts.empty()) return std::nullopt;
  std::optional<sim::FirmwareOptions> firmware = sim::FirmwareFor(parts[0]);
  for (std::size_t i = 1; i < parts.size() && firmware; ++i) {
    const std::vector<std::string> pair = SplitList(parts[i], '=');
    const auto known = std::ranges::find_if(
        kSwitches, [&](const Switch& one) { return !pair.empty() && one.name == pair[0]; });
    if (pair.size() != 2 || known == kSwitches.end()) return std::nullopt;
    (*firmware).*known->option = pair[1] == "1";
  }
  return firmware;
}

std::optional<Action::Argument> ParseArgument(const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0) return std::nullopt;
  return Action::Argument{word.substr(0, equals), word.substr(equals + 1)};
}

bool ParseSetting(const std::vector<std::string>& words, Setting& setting) {
  Action line;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto argument = ParseArgument(words[i]);
    if (!argument) return false;
    line.arguments.push_back(*argument);
  }
  setting.robot = line.Text("robot", setting.robot);
  setting.rate_hz = line.Text("rate") == "max" ? 0 : line.Number("rate", setting.rate_hz);
  setting.seed = static_cast<std::uint64_t>(line.Integer("seed", 1));
  setting.length = line.Span("length", setting.length);
  const auto firmware = ParseFirmware(line.Text("firmware", "3.10"));
  const auto timing = sim::WireTimingFor(line.Text("timing", "slots"));
  if (!firmware || !timing || std::ranges::count(RobotNames(), setting.robot) == 0) return false;
  setting.gentle = line.Integer("gentle", 0) != 0;
  setting.soft = line.Integer("soft", 0) != 0;
  setting.firmware = *firmware;
  setting.timing = *timing;
  return true;
}

std::optional<Action> ParseAction(const std::vector<std::string>& words) {
  Action action;
  if (words.size() < 3 || !words[0].starts_with("t=") ||
      !ParseSpan(std::string_view(words[0]).substr(2), action.at)) {
    return std::nullopt;
  }
  std::size_t next = 2;
  if (words[1] == "client") {
    action.actor = Actor::kClient;
    action.client = std::atoi(words[next++].c_str());
  } else if (words[1] == "world" || words[1] == "process") {
    action.actor = words[1] == "world" ? Actor::kWorld : Actor::kProcess;
  } else {
    return std::nullopt;
  }
  if (next >= words.size()) return std::nullopt;
  action.verb = words[next++];
  for (; next < words.size(); ++next) {
    const auto argument = ParseArgument(words[next]);
    if (!argument) return std::nullopt;
    action.arguments.push_back(*argument);
  }
  return action;
}

}  // namespace

std::string PrintAction(const Action& action) {
  std::string line = "t=" + PrintSpan(action.at);
  if (action.actor == Actor::kClient) line += " client " + std::to_string(action.client);
  if (action.actor == Actor::kWorld) line += " world";
  if (action.actor == Actor::kProcess) line += " process";
  line += " " + action.verb;
  for (const auto& [key, value] : action.arguments) line += " " + key + "=" + value;
  return line;
}

std::string PrintScript(const Script& script) {
  const Setting& setting = script.setting;
  std::string text;
  if (!script.comment.empty()) text += "# " + script.comment + "\n";
  text += "play robot=" + setting.robot +
          " rate=" + (setting.rate_hz > 0 ? PrintNumber(setting.rate_hz) : "max") +
          " seed=" + std::to_string(setting.seed) + " length=" + PrintSpan(setting.length) +
          " firmware=" + PrintFirmware(setting.firmware) +
          " timing=" + std::string(kTimings[static_cast<std::size_t>(setting.timing)]) +
          (setting.gentle ? " gentle=1" : "") + (setting.soft ? " soft=1\n" : "\n");
  for (const Action& action : script.actions) text += PrintAction(action) + "\n";
  return text;
}

absl::StatusOr<Script> ParseScript(std::string_view text) {
  Script script;
  bool set = false;
  std::size_t number = 0;
  for (const std::string& line : SplitList(text, '\n')) {
    ++number;
    if (line.starts_with('#')) {
      if (script.comment.empty()) script.comment = line.substr(line.starts_with("# ") ? 2 : 1);
      continue;
    }
    std::vector<std::string> words = SplitList(line, ' ');
    std::erase(words, "");
    if (words.empty()) continue;
    bool good = false;
    if (words[0] == "play") {
      good = set = !set && ParseSetting(words, script.setting);
    } else if (const auto action = ParseAction(words)) {
      script.actions.push_back(*action);
      good = true;
    }
    if (!good) {
      return absl::InvalidArgumentError("line " + std::to_string(number) + ": " + line);
    }
  }
  if (!set) return absl::InvalidArgumentError("no line begins with: play");
  SortByTime(script.actions);
  return script;
}

}  // namespace soarm::adversary
