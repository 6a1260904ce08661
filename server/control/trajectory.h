#pragma once

#include <array>

#include "server/core/joint.h"
#include "server/safety/limits.h"

namespace soarm::control {

// Where a move goes and how fast.
struct MoveGoal {
  JointMask joints = 0;  // which entries of `target_rad` are set; the others stay
  std::array<double, kMaxJoints> target_rad{};
  double speed_scale = 0.5;   // 0 < scale <= 1, of each joint's velocity limit
  double min_duration_s = 0;  // stretches the move; 0: as fast as the scale allows
};

// A synchronised move: every joint accelerates, cruises and brakes on a trapezoid of its own, and
// all of them arrive at the same moment. A pure function of time once planned.
//
// Threads    the cycle's.
// Real time  yes: storage is inside.
class Trajectory {
 public:
  // From rest at `start_rad`. The slowest joint sets the duration, unless min_duration_s is longer.
  void Plan(const MoveGoal& goal, const std::array<double, kMaxJoints>& start_rad,
            const std::array<TargetLimits, kMaxJoints>& limits) noexcept;

  double duration_s() const noexcept { return duration_s_; }
  // Whether it says where `joint` goes; all others stay where they are.
  bool Leads(std::size_t joint) const noexcept { return (joints_ & MaskOf(joint)) != 0; }
  // Where `joint` should be; before the start and after the end it rests.
  double At(std::size_t joint, double time_s) const noexcept;
  // Of the joint's cruise; not negative.
  double speed_rad_s(std::size_t joint) const noexcept { return legs_[joint].speed_rad_s; }
  double goal_rad(std::size_t joint) const noexcept {
    return legs_[joint].start_rad + legs_[joint].distance_rad;
  }

 private:
  struct Leg {
    double start_rad = 0;
    double distance_rad = 0;  // signed
    double speed_rad_s = 0;   // cruise, not negative
    double acceleration_rad_s2 = 1;
  };
  std::array<Leg, kMaxJoints> legs_{};
  double duration_s_ = 0;
  JointMask joints_ = 0;
};

}  // namespace soarm::control
