#pragma once

#include <chrono>
#include <utility>

#include "server/control/controlled_robot.h"
#include "server/runtime/ongoing.h"

namespace soarm {

// An operation that a cycle was asked to do once: it gets one answer, by the time limit at the
// latest.
class AskedOperation final : public Ongoing {
 public:
  // Longest torque-on: six joints staggered, settle time, and a bus that has just come back.
  static constexpr Nanos kTimeLimit = std::chrono::seconds(5);

  AskedOperation(control::ControlledRobot& robot, control::GroupId group,
                 control::OperationId operation, Clock& clock, Completion done)
      : robot_(robot),
        group_(group),
        operation_(operation),
        until_(clock.Now() + kTimeLimit),
        done_(std::move(done)) {}

  bool Look(MonoTime now, Calls& calls) override;
  // CANCELLED.
  bool GiveUp(Calls& calls) override;
  void End(const absl::Status& why, Calls& calls) override;

 private:
  control::ControlledRobot& robot_;
  const control::GroupId group_;
  const control::OperationId operation_;
  const MonoTime until_;
  const Completion done_;
};

}  // namespace soarm
