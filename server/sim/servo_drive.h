#pragma once

#include "server/sim/motion_planner.h"
#include "server/sim/register_file.h"

namespace soarm::sim {

// The control loops of the servo's four modes, one step a millisecond: from goal registers and the
// shaft's position to a duty cycle.
//
// Units  ticks, ticks/s, per mille of full duty.
class ServoDrive {
 public:
  struct Shaft {
    int position_ticks = 0;  // as the position loop sees it
    double speed_ticks_s = 0;
    double free_speed_ticks_s = 0;  // what the motor can reach at this supply
  };

  // A goal written to 42 while it is followed.
  void AimAtGoal(const RegisterFile& registers) noexcept;
  // What registers 46 and 41 say now, within their limits, counts from now on.
  void TakeSpeed(const RegisterFile& registers) noexcept;
  void TakeAcceleration(const RegisterFile& registers) noexcept;
  // No move to make: the internal goal is the present position.
  void Follow(int position_ticks) noexcept;

  // The demand, before any torque limit.
  int Step(const RegisterFile& registers, const Shaft& shaft) noexcept;

  double goal_ticks() const noexcept { return planner_.goal(); }
  double planned_speed_ticks_s() const noexcept { return planner_.speed(); }
  bool moving() const noexcept { return goal_given_ && planner_.moving(); }

 private:
  int StepPosition(const RegisterFile& registers, const Shaft& shaft) noexcept;
  int StepSpeed(const RegisterFile& registers, const Shaft& shaft) noexcept;

  double top_speed_ = 0;    // position loop
  double wheel_speed_ = 0;  // speed loop
  double acceleration_ = 0;
  MotionPlanner planner_;
  bool goal_given_ = false;
  double error_sum_ = 0;     // position loop
  double speed_target_ = 0;  // speed loop
  double speed_sum_ = 0;
};

}  // namespace soarm::sim
