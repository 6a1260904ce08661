#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "common/time/clock.h"

namespace soarm {

// A pose that `MoveTo` knows by name: configuration [poses.GROUP.NAME].
struct NamedPose {
  std::string group;
  std::string name;
  std::vector<std::pair<std::string, double>> joints_rad;  // joints left out keep their goal
};

// What the gRPC edge is told at start; immutable afterwards.
struct ServiceOptions {
  // unix:PATH, 127.0.0.1:PORT, [::1]:PORT; port 0 takes a free one. Anything wider is refused.
  std::vector<std::string> listen;
  std::string version;   // of the daemon, e.g. "0.1.0"
  std::string revision;  // of its source
  bool simulated = false;
  std::vector<NamedPose> poses;
  // How long calls get to end by themselves at shutdown.
  Nanos shutdown_grace = std::chrono::milliseconds(500);
};

}  // namespace soarm
