#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "server/control/robot.h"
#include "server/core/robot.h"
#include "server/runtime/worker_pool.h"

namespace soarm {

// Follows moves from the call that asks for them to their end, and tells how they go. A move has a
// number of ours from the start, because its number in the cycle is known only a tick later.
//
// Threads  `pub`, for all calls.
class MoveWatch {
 public:
  struct Asked {
    control::GroupId group = 0;
    control::LeaseRef lease;
    std::function<void(const MoveProgress&)> progress;
    Completion done;
  };

  MoveWatch(control::Robot& robot, WorkerPool& workers, Clock& clock)
      : robot_(robot), workers_(workers), clock_(clock) {}

  void Expect(std::uint64_t id, Asked asked);
  // What came of starting it: its number in the cycle, or why not.
  void Started(std::uint64_t id, const absl::StatusOr<std::uint64_t>& move);
  void Cancel(std::uint64_t id);

  void OnWake(MonoTime now);

 private:
  struct Running {
    Asked asked;
    std::uint64_t move = 0;  // in the cycle; 0: not started yet
    bool cancelled = false;
    MonoTime next_progress{};
  };

  void AskToCancel(const Running& running);
  MoveProgress ProgressOf(const Running& running, const control::MoveProgress& move) const;
  double LargestError(control::GroupId group) const;

  control::Robot& robot_;
  WorkerPool& workers_;
  Clock& clock_;
  std::map<std::uint64_t, Running> moves_;
};

}  // namespace soarm
