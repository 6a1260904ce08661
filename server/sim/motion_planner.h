#pragma once

namespace soarm::sim {

// The servo's own move from where it is to its goal: a trapezoid of speed, stepped once a
// millisecond, that starts a little after the goal came.
//
// Units  ticks, ticks/s, ticks/s2.
class MotionPlanner {
 public:
  // At rest at `position`, with no move to make.
  void Rest(double position) noexcept;
  // A new goal; a move in progress bends towards it, one from rest starts after the lag.
  void Aim(double goal) noexcept;
  // `acceleration` 0 is unlimited.
  void Step(double top_speed, double acceleration) noexcept;

  double position() const noexcept { return position_; }
  double speed() const noexcept { return speed_; }
  double goal() const noexcept { return goal_; }
  bool moving() const noexcept { return position_ != goal_; }

 private:
  double position_ = 0;
  double speed_ = 0;
  double goal_ = 0;
  int lag_steps_ = 0;
};

}  // namespace soarm::sim
