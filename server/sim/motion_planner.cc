#include "server/sim/motion_planner.h"

#include <algorithm>
#include <cmath>

namespace soarm::sim {
namespace {
constexpr int kStartLag_ms = 25;
constexpr double kStep_s = 1e-3;
}  // namespace

void MotionPlanner::Rest(double position) noexcept {
  position_ = goal_ = position;
  speed_ = 0;
  lag_steps_ = 0;
}

void MotionPlanner::Aim(double goal) noexcept {
  if (!moving() && goal != goal_) lag_steps_ = kStartLag_ms;
  goal_ = goal;
}

void MotionPlanner::Step(double top_speed, double acceleration) noexcept {
  if (lag_steps_ > 0) {
    --lag_steps_;
    return;
  }
  const double distance = goal_ - position_;
  if (distance == 0 && speed_ == 0) return;
  double wanted = std::copysign(top_speed, distance);
  double change = HUGE_VAL;
  if (acceleration > 0) {
    // The speed from which it can still stop at the goal, allowing for one more step of travel.
    const double brake = acceleration * kStep_s / 2;
    const double stoppable =
        std::sqrt(brake * brake + 2 * acceleration * std::abs(distance)) - brake;
    wanted = std::copysign(std::min(top_speed, stoppable), distance);
    change = acceleration * kStep_s;
  }
  speed_ = std::clamp(wanted, speed_ - change, speed_ + change);
  const double step = speed_ * kStep_s;
  // Arrived when this step reaches the goal at a speed that one step can take away.
  if (step * distance >= 0 && std::abs(step) >= std::abs(distance) &&
      std::abs(speed_) <= std::max(change, std::abs(distance) / kStep_s)) {
    position_ = goal_;
    speed_ = 0;
    return;
  }
  position_ += step;
}

}  // namespace soarm::sim
