#include "server/control/trajectory.h"

#include <algorithm>
#include <cmath>

namespace soarm::control {
namespace {

// Plans stay a little inside the limits, so that rounding never makes the limiter interfere.
constexpr double kPlanShare = 0.95;

double ShortestTime(double distance_rad, double speed_rad_s, double acceleration_rad_s2) noexcept {
  const bool cruises = distance_rad * acceleration_rad_s2 > speed_rad_s * speed_rad_s;
  return cruises ? distance_rad / speed_rad_s + speed_rad_s / acceleration_rad_s2
                 : 2.0 * std::sqrt(distance_rad / acceleration_rad_s2);
}

// The cruise speed that makes a trapezoid over `distance_rad` last exactly `time_s`: the smaller
// root of v^2 - a t v + a d = 0, in the form that does not cancel.
double CruiseSpeed(double distance_rad, double time_s, double acceleration_rad_s2) noexcept {
  const double at = acceleration_rad_s2 * time_s;
  const double root = std::sqrt(std::max(0.0, at * at - 4.0 * acceleration_rad_s2 * distance_rad));
  const double sum = at + root;
  return sum > 0 ? 2.0 * acceleration_rad_s2 * distance_rad / sum : 0;
}

}  // namespace

void Trajectory::Plan(const MoveGoal& goal, const std::array<double, kMaxJoints>& start_rad,
                      const std::array<TargetLimits, kMaxJoints>& limits) noexcept {
  joints_ = goal.joints;
  duration_s_ = std::max(0.0, goal.min_duration_s);
  const double scale = std::clamp(goal.speed_scale, 0.0, 1.0);
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    Leg& leg = legs_[i];
    leg = {.start_rad = start_rad[i]};
    if ((goal.joints & MaskOf(i)) == 0) continue;
    leg.distance_rad = goal.target_rad[i] - start_rad[i];
    leg.acceleration_rad_s2 = kPlanShare * limits[i].acceleration_rad_s2;
    const double speed = kPlanShare * scale * limits[i].velocity_rad_s;
    duration_s_ = std::max(
        duration_s_, ShortestTime(std::abs(leg.distance_rad), speed, leg.acceleration_rad_s2));
  }
  for (Leg& leg : legs_) {
    leg.speed_rad_s = CruiseSpeed(std::abs(leg.distance_rad), duration_s_, leg.acceleration_rad_s2);
  }
}

double Trajectory::At(std::size_t joint, double time_s) const noexcept {
  const Leg& leg = legs_[joint];
  if (time_s <= 0 || leg.speed_rad_s <= 0) return leg.start_rad;
  if (time_s >= duration_s_) return goal_rad(joint);
  const double ramp_s = leg.speed_rad_s / leg.acceleration_rad_s2;
  const double left_s = duration_s_ - time_s;
  const double length = std::abs(leg.distance_rad);
  double done = leg.speed_rad_s * (time_s - ramp_s / 2.0);
  if (time_s < ramp_s) done = leg.acceleration_rad_s2 * time_s * time_s / 2.0;
  if (left_s < ramp_s) done = length - leg.acceleration_rad_s2 * left_s * left_s / 2.0;
  return leg.start_rad + std::copysign(std::clamp(done, 0.0, length), leg.distance_rad);
}

}  // namespace soarm::control
