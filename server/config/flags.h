#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace soarm {

// "left_arm=/dev/ttyACM0" or "so101": what is left of the first '=' is a name, if there is one.
struct NamedValue {
  std::string name;
  std::string value;
  friend bool operator==(const NamedValue&, const NamedValue&) = default;
};

// soarmd's command line, shape-checked. What is unset was not given.
struct DaemonFlags {
  std::optional<std::string> config;
  bool sim = false;                // --sim was given
  std::vector<NamedValue> models;  // of --sim; empty: so101, or the buses of the configuration
  std::vector<NamedValue> ports;   // followers
  std::vector<NamedValue> leader_ports;
  std::vector<std::string> listen;
  std::optional<std::string> state_dir;
  std::optional<double> rate_hz;  // 0: "max"
  std::string log_level = "info";
  bool check_config = false;
  std::string sim_timing = "slots";
  std::string sim_firmware = "3.10";
  std::uint64_t sim_seed = 1;
  bool sim_uncalibrated = false;
};

// A command line that ends the program at once: --help, --version (code 0) or a mistake (2).
struct FlagExit {
  int code = 0;
  std::string out;  // for stdout
  std::string err;  // for stderr
};

// `version` is printed by --version. Pure.
std::variant<DaemonFlags, FlagExit> ParseDaemonFlags(int argc, const char* const* argv,
                                                     const std::string& version);

// soarm-sim's command line.
struct SimFlags {
  std::string robot = "so101";
  std::string link;
  std::string control;  // empty: unix:LINK.ctl
  std::string firmware = "3.10";
  std::optional<double> supply_v;
  std::uint64_t seed = 1;
  bool free_run = false;
  std::string timing = "slots";
  bool uncalibrated = false;
  int box = 0;  // 0: the robot
};

std::variant<SimFlags, FlagExit> ParseSimFlags(int argc, const char* const* argv,
                                               const std::string& version);

}  // namespace soarm
