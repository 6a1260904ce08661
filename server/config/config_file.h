#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/config/config_error.h"
#include "server/control/options.h"
#include "server/core/mode.h"

namespace soarm {

// One [[bus]].
struct BusEntry {
  std::string name;
  std::string device;
  std::uint32_t baud = 1'000'000;
  std::string robot = "so101";
  std::optional<Role> role;  // unset: the robot's
  std::string group;         // empty: the robot's
  int line = 0;
};

// One [limits.GROUP.JOINT]; what is unset keeps its default.
struct LimitEntry {
  std::string group;
  std::string joint;
  std::optional<double> lower_rad;
  std::optional<double> upper_rad;
  std::optional<double> velocity_rad_s;
  std::optional<double> acceleration_rad_s2;
  std::optional<double> torque_fraction;
  int line = 0;
};

// One [poses.GROUP.NAME].
struct PoseEntry {
  std::string group;
  std::string name;
  std::map<std::string, double> joints_rad;
  int line = 0;
};

// A configuration file as read: types, ranges and names are right in themselves; whether they fit
// the robot is judged by ComposeSettings(). Immutable once parsed. What is unset was not written.
struct ConfigFile {
  std::string name;  // for messages
  std::optional<std::vector<std::string>> listen;
  std::optional<std::string> state_dir;
  std::optional<control::EndState> end_state;
  std::optional<bool> require_realtime;
  std::optional<double> rate_hz;  // 0: "max"
  std::optional<int> realtime_priority;
  std::optional<int> cpu;
  std::optional<double> hold_after_s;
  std::optional<double> soft_hold_after_s;
  std::optional<std::uint16_t> pairing_port;
  int pairing_port_line = 0;
  std::optional<bool> announce;
  std::vector<BusEntry> buses;
  std::vector<LimitEntry> limits;
  std::vector<PoseEntry> poses;
};

// Parses `text` and appends everything wrong with it to `errors`, in file order, with `name` as
// the file's name. Pure.
ConfigFile ParseConfigFile(std::string_view text, std::string_view name, ConfigErrors& errors);

}  // namespace soarm
