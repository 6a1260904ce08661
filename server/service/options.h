#pragma once

#include <chrono>

#include "common/time/clock.h"
#include "server/service/edge/daemon_identity.h"

namespace soarm {

// What the gRPC server is told at start; immutable afterwards.
struct ServiceOptions {
  DaemonIdentity identity;
  // How long calls get to end by themselves at shutdown.
  Nanos shutdown_grace = std::chrono::milliseconds(500);
};

}  // namespace soarm
