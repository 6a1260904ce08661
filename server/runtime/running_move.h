#pragma once

#include <functional>

#include "server/control/controlled_robot.h"
#include "server/core/robot.h"
#include "server/runtime/ongoing.h"

namespace soarm {

// A move, from the call that asks for it to its end, and how it goes.
class RunningMove final : public Ongoing {
 public:
  struct Asked {
    control::GroupId group = 0;
    LeaseRef lease;
    std::function<void(const MoveProgress&)> progress;
    Completion done;
  };

  // `begun`: what the robot said to it.
  RunningMove(control::ControlledRobot& robot, const control::ControlledRobot::BegunMove& begun,
              Clock& clock, Asked asked);

  bool Look(MonoTime now, Calls& calls) override;
  // It ends with CANCELLED, unless it has ended. One that has not begun yet will not.
  bool GiveUp(Calls& calls) override;
  void End(const absl::Status& why, Calls& calls) override;

 private:
  bool EndWith(absl::Status status, Calls& calls) const;
  void Tell(const control::MoveState& move, Calls& calls) const;
  MoveProgress ProgressOf(const control::MoveState& move) const;
  double LargestError() const;

  control::ControlledRobot& robot_;
  const Asked asked_;
  const std::uint64_t move_;        // its id in the cycle
  control::OperationId operation_;  // that starts it; 0 once it is answered
  const MonoTime start_by_;         // when to give up on that
  MonoTime next_progress_{};
};

}  // namespace soarm
