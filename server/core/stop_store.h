#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "common/time/clock.h"
#include "server/core/stop.h"

namespace soarm {

// A stop that stands, as it outlives the daemon: with the names of its groups, whose numbers
// another configuration may give to others, and the number of its id, after which the next ones are
// given.
struct KeptStop {
  std::uint64_t id = 0;
  StopLevel level = StopLevel::kHold;
  std::vector<std::string> groups;  // empty: all
  std::string source;
  std::string reason;
  MonoTime at{};
};

struct KeptStops {
  std::uint64_t last_id = 0;  // ids are never used again
  bool is_new = false;        // nothing was ever kept here
  std::vector<KeptStop> stops;
};

// Where the stops that stand are kept beyond the end of the daemon.
//
// Threads  one call at a time.
class StopStore {
 public:
  virtual ~StopStore() = default;

  // What was saved last; nothing, and `is_new`, when nothing ever was.
  //   kFailedPrecondition  BAD_STATE_FILE: there is something, and it cannot be understood
  virtual absl::StatusOr<KeptStops> Load() = 0;
  // In place of what was saved before. May wait for a disk.
  //   kUnavailable         NOT_SAVED
  //   kFailedPrecondition  STATE_DIR_IN_USE: another daemon keeps its own there by now
  virtual absl::Status Save(const KeptStops& stops) = 0;
  // Whether what was saved last still is there, as far as a look at it tells.
  virtual bool Remains() = 0;
  // After a Save() that failed, though something of what was saved before does not stand any more:
  // none of that is read back, and this needs no room on the disk. Load() yields no stop when
  // nothing `stands`, else BAD_STATE_FILE, until the next Save().
  //   kUnavailable         NOT_SAVED
  //   kFailedPrecondition  BAD_STATE_FILE: what is there was never understood, and stays
  virtual absl::Status Withdraw(bool stands) = 0;
};

}  // namespace soarm
