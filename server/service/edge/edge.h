#pragma once

#include "common/time/clock_identity.h"
#include "server/core/pairing.h"
#include "server/core/pose_store.h"
#include "server/core/reach.h"
#include "server/core/robot.h"
#include "server/service/edge/daemon_identity.h"
#include "server/service/edge/entrance.h"
#include "server/service/edge/open_streams.h"

namespace soarm {

// What every handler may use. All of it outlives the gRPC server.
struct Edge : Entrance {
  Robot& robot;
  PoseStore& poses;
  Pairing& pairing;
  const Reach& reach;
  const Clock& clock;
  const DaemonIdentity& identity;
  OpenStreams& streams;
  ClockIdentity& clock_id;
};

}  // namespace soarm
