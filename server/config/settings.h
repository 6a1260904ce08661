#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "server/config/config_error.h"
#include "server/config/config_file.h"
#include "server/config/flags.h"
#include "server/control/options.h"
#include "server/core/pose_store.h"
#include "server/core/robot_model.h"

namespace soarm {

// One bus to open: a tty, or a simulated bus whose tty is made at start.
struct BusSettings {
  std::string name;
  std::string device;  // empty when simulated
  std::uint32_t baud = 1'000'000;
  bool simulated = false;
  std::string robot;  // model name, for the simulator
  RobotModel model;   // groups renamed, roles and limits applied
};

struct SimSettings {
  std::string timing;
  std::string firmware;
  std::uint64_t seed = 1;
  bool uncalibrated = false;
};

// Everything soarmd runs on, checked. Immutable after start.
struct Settings {
  std::vector<BusSettings> buses;
  std::vector<std::string> listen;
  std::string state_dir;
  std::optional<std::uint16_t> pairing_port;  // none: that after TLS's
  bool announce = true;                       // to the local network, once TLS listens
  control::ControlOptions control;
  std::vector<NamedPose> poses;
  std::string log_level;
  SimSettings sim;
};

// What the process's surroundings say about default places.
struct Environment {
  uid_t uid = 0;
  std::string runtime_dir;      // $XDG_RUNTIME_DIR
  std::string state_directory;  // $STATE_DIRECTORY, set by systemd
  std::string state_home;       // $XDG_STATE_HOME
  std::string home;             // $HOME
};

// Joins flags and file (flags win) and fills the defaults. Everything that does not fit together
// is appended to `errors`; the result is good only when nothing was. Pure.
Settings ComposeSettings(const DaemonFlags& flags, const ConfigFile& file,
                         const Environment& environment, ConfigErrors& errors);

// Appends an error when there is no bus to run; a file that is only checked needs none.
void RequireRobot(const Settings& settings, ConfigErrors& errors);

// The default listeners and state directory.
std::vector<std::string> DefaultListen(const Environment& environment);
std::string DefaultStateDir(const Environment& environment);

}  // namespace soarm
