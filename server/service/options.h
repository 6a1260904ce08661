#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/time/clock.h"
#include "server/front/connections.h"
#include "server/service/edge/daemon_identity.h"

namespace soarm {

// What the gRPC server is told at start; immutable afterwards.
struct ServiceOptions {
  // unix:PATH, 127.0.0.1:PORT, [::1]:PORT; port 0 takes a free one. Anything wider is refused.
  std::vector<std::string> listen;
  DaemonIdentity identity;
  ConnectionLimits connections;
  // How long calls get to end by themselves at shutdown.
  Nanos shutdown_grace = std::chrono::milliseconds(500);
};

}  // namespace soarm
