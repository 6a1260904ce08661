#pragma once

#include "server/core/audit.h"
#include "server/core/client_store.h"
#include "server/core/remote_callers.h"

namespace soarm {

// What it takes to tell who makes a call; see Admit(). Outlives the gRPC server.
struct Entrance {
  ClientStore& clients;
  const RemoteCallers& remote;
  Audit& audit;  // hears of every call that changes something, or was refused to who made it
};

}  // namespace soarm
