#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "server/control/controlled_robot.h"
#include "server/core/robot.h"
#include "server/runtime/callback_thread.h"

namespace soarm {

// Follows moves from the call that asks for them to their end, and tells how they go.
//
// Threads  Start() and Cancel() from any; OnWake(), End() and all callbacks on `pub`.
class MoveWatch {
 public:
  struct Asked {
    control::GroupId group = 0;
    LeaseRef lease;
    std::function<void(const MoveProgress&)> progress;
    Completion done;
  };

  MoveWatch(control::ControlledRobot& robot, CallbackThread& callbacks, Clock& clock)
      : robot_(robot), callbacks_(callbacks), clock_(clock) {}

  // The number is for Cancel().
  std::uint64_t Start(const control::MoveGoal& goal, Asked asked);
  // The move ends with CANCELLED, unless it has ended. One that has not begun yet will not.
  void Cancel(std::uint64_t id);

  void OnWake(MonoTime now);
  // Ends all with `why`: no tick will.
  void End(const absl::Status& why);

 private:
  struct Running {
    Asked asked;
    std::uint64_t move = 0;              // its id in the cycle
    control::OperationId operation = 0;  // that starts it; 0 once it is answered
    MonoTime start_by{};                 // when to give up on that
    bool cancelled = false;
    MonoTime next_progress{};
  };
  using Call = std::function<void()>;

  // What is to be told about `running` now; its end among it makes `ended` true.
  void Look(Running& running, MonoTime now, std::vector<Call>& calls, bool& ended);
  MoveProgress ProgressOf(const Running& running, const control::MoveState& move) const;
  double LargestError(control::GroupId group) const;

  control::ControlledRobot& robot_;
  CallbackThread& callbacks_;
  Clock& clock_;

  std::mutex mutex_;  // a leaf but for the robot's; guards what follows
  std::map<std::uint64_t, Running> moves_;
  std::uint64_t last_ = 0;
};

}  // namespace soarm
