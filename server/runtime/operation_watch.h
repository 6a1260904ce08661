#pragma once

#include <cstdint>
#include <map>
#include <mutex>

#include "server/control/controlled_robot.h"
#include "server/core/robot.h"
#include "server/runtime/callback_thread.h"

namespace soarm {

// Brings the operations that were asked of the robot their answers: each gets one, on `pub`, by the
// time limit at the latest.
//
// Threads  Watch() and Cancel() from any; OnWake() and End() on `pub`.
class OperationWatch {
 public:
  // Longest torque-on: six joints staggered, settle time, and a bus that has just come back.
  static constexpr Nanos kTimeLimit = std::chrono::seconds(5);

  OperationWatch(control::ControlledRobot& robot, CallbackThread& callbacks, Clock& clock)
      : robot_(robot), callbacks_(callbacks), clock_(clock) {}

  // `begun`: what came of asking for it. The number is for Cancel().
  std::uint64_t Watch(control::GroupId group, const absl::StatusOr<control::OperationId>& begun,
                      Completion done);
  // The caller went away: CANCELLED, unless the answer is on its way already.
  void Cancel(std::uint64_t id);

  void OnWake(MonoTime now);
  // Answers all that wait with `why`: no tick will.
  void End(const absl::Status& why);

 private:
  struct Waiting {
    control::GroupId group = 0;
    control::OperationId operation = 0;
    MonoTime until{};
    Completion done;
  };

  control::ControlledRobot& robot_;
  CallbackThread& callbacks_;
  Clock& clock_;

  std::mutex mutex_;  // a leaf but for the robot's; guards what follows
  std::map<std::uint64_t, Waiting> waiting_;
  std::uint64_t last_ = 0;
};

}  // namespace soarm
