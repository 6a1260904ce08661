#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "common/time/clock.h"
#include "server/core/client_role.h"
#include "server/core/client_store.h"

namespace soarm {

// What `soarm pair open` shows on the robot.
struct PairingOffer {
  std::string join_string;  // has the secret; good once
  Nanos lasts{0};
};

// What became of the last offer.
struct PairingState {
  bool open = false;
  Nanos left{0};                       // of an open one
  int tries_left = 0;                  // wrong secrets until it is shut; of an open one
  std::optional<PairedClient> paired;  // by it
  std::string ended;                   // why it is not open any more; empty: it is, or never was
  absl::Status failure;  // why who had the secret was not let in, the last time; they may try again
};

// Lets programs on other machines in, and takes that back.
//
// Threads  any; Open() may wait for a disk.
class Pairing {
 public:
  virtual ~Pairing() = default;

  // For that long, whoever has the offer's secret becomes a client of that role. An offer that was
  // open before is shut. TLS listens from then on.
  //   kFailedPrecondition  NO_TLS_ADDRESS: the daemon has no address for it
  //   kUnavailable         LISTEN_FAILED, NOT_SAVED
  //   kFailedPrecondition, kResourceExhausted  as ClientStore::CheckRoom()
  //   kInternal            TLS_FAILED
  virtual absl::StatusOr<PairingOffer> Open(ClientRole role, Nanos lasts) = 0;
  virtual void Close() = 0;
  virtual PairingState State() const = 0;
  // As ClientStore::Revoke(); its connections are cut off within a second.
  virtual absl::StatusOr<PairedClient> Revoke(std::string_view client) = 0;
};

}  // namespace soarm
