#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include <absl/status/status.h>

#include "server/control/controlled_robot.h"
#include "server/core/robot.h"
#include "server/runtime/stop_keeper.h"

namespace soarm {

// Takes stops back: first from what is kept for a restart, then from what is in force. Whoever dies
// in between forgets a stop that still stood, and the joints hold; the other way round a RELEASE
// would come back, and drop an arm that has been enabled since.
//
// Threads  any; OnWake(), End() and callbacks on `pub`. Where the keeper has no thread, the clear
// is
//          done, and its callback called, in Begin().
class StopClearing {
 public:
  StopClearing(control::ControlledRobot& robot, StopKeeper& keeper, Clock& clock)
      : robot_(robot), keeper_(keeper), clock_(clock) {}

  // One stop, or with 0 each that stands.
  //   kNotFound  UNKNOWN_STOP
  absl::Status Begin(std::uint64_t id, std::function<void(const ClearReport&)> done);
  // True while somebody waits for the next tick.
  bool OnWake(MonoTime now);
  // Does what still waits: the keeper writes once more after this.
  void End();

 private:
  struct Waiting {
    std::vector<std::uint64_t> ids;
    std::uint64_t version = 0;  // of the board, without them
    MonoTime until{};
    std::function<void(const ClearReport&)> done;
  };

  bool IsDue(const Waiting& waiting, MonoTime now) const;
  void Finish(const Waiting& waiting);

  control::ControlledRobot& robot_;
  StopKeeper& keeper_;
  Clock& clock_;

  std::mutex mutex_;
  std::vector<Waiting> waiting_;  // guarded by mutex_
};

}  // namespace soarm
