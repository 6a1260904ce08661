#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/time/clock.h"
#include "server/service/edge/connections.h"

namespace soarm {

// What the gRPC edge is told at start; immutable afterwards.
struct ServiceOptions {
  // unix:PATH, 127.0.0.1:PORT, [::1]:PORT; port 0 takes a free one. Anything wider is refused.
  std::vector<std::string> listen;
  std::string version;   // of the daemon, e.g. "0.1.0"
  std::string revision;  // of its source
  bool simulated = false;
  ConnectionLimits connections;
  // How long calls get to end by themselves at shutdown.
  Nanos shutdown_grace = std::chrono::milliseconds(500);
};

}  // namespace soarm
