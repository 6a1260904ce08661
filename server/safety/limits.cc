#include "server/safety/limits.h"

#include <algorithm>
#include <cmath>

#include "server/core/bypass.h"

namespace soarm {
namespace {

// The highest speed for this tick after which `distance_rad` still suffices to stop: solves
// v * dt + v^2 / (2 a) = distance, written so that a short distance loses no digits. Braking at
// full acceleration from here keeps the inequality true for any later dt.
double ApproachSpeed(double distance_rad, double acceleration_rad_s2, double dt_s) noexcept {
  const double step = acceleration_rad_s2 * dt_s;
  const double twice = 2.0 * acceleration_rad_s2 * distance_rad;
  return twice / (step + std::sqrt(step * step + twice));
}

double SignedApproach(double distance_rad, double acceleration_rad_s2, double dt_s) noexcept {
  if (distance_rad == 0) return 0;
  return std::copysign(ApproachSpeed(std::abs(distance_rad), acceleration_rad_s2, dt_s),
                       distance_rad);
}

bool IsUsable(const TargetState& state, double dt_s) noexcept {
  return std::isfinite(state.position_rad) && std::isfinite(state.velocity_rad_s) &&
         std::isfinite(dt_s) && dt_s > 0;
}

// One tick from one speed to another: within the acceleration, but slower within what brakes where
// that is not enough to slow down in time.
double NextSpeed(double from, double wanted, const TargetLimits& limits, double dt_s) noexcept {
  const double step = limits.acceleration_rad_s2 * dt_s;
  const double speed = std::clamp(wanted, from - step, from + step);
  const bool slows = std::abs(speed) < std::abs(from);
  if (speed == wanted || !slows || limits.braking_rad_s2 <= limits.acceleration_rad_s2) {
    return speed;
  }
  const double braking = limits.braking_rad_s2 * dt_s;
  const double slower = wanted * from > 0 ? wanted : 0.0;
  return std::clamp(slower, from - braking, from + braking);
}

LimitedTarget PassThrough(double position_rad, double velocity_rad_s) noexcept {
  return {.next = {.position_rad = position_rad, .velocity_rad_s = velocity_rad_s}, .clip = {}};
}

}  // namespace

TargetLimits LimitsOf(const JointModel& joint, const JointLimits& limits) noexcept {
  TargetLimits result;
  result.velocity_rad_s = limits.velocity_rad_s;
  result.acceleration_rad_s2 = std::max(AccelerationLimit(joint, limits), 1e-3);  // a divisor
  JointLimits braking = limits;
  braking.acceleration_rad_s2 =
      std::max(limits.acceleration_rad_s2, limits.velocity_rad_s / kBrakesWithin_s);
  result.braking_rad_s2 = std::max(AccelerationLimit(joint, braking), 1e-3);
  result.lead_max_rad = LeadAt(StaticLead(joint), limits.velocity_rad_s);
  result.near_rad = kNear_rad * joint.give;
  const JointRange range = NarrowedRange(UsableRange(joint, limits), limits);
  result.lower_rad = range.lower_rad;
  result.upper_rad = range.upper_rad;
  return result;
}

TargetState BringToRest(const TargetState& state, const TargetLimits& limits,
                        double dt_s) noexcept {
  if (!IsUsable(state, dt_s)) return state;
  const double step = limits.braking_rad_s2 * dt_s;
  TargetState next = state;
  next.velocity_rad_s -= std::clamp(state.velocity_rad_s, -step, step);
  next.position_rad += next.velocity_rad_s * dt_s;
  return next;
}

LimitedTarget LimitPosition(const TargetState& state, double desired_rad, double measured_rad,
                            const TargetLimits& limits, double speed_limit_rad_s, double dt_s,
                            Approach approach) noexcept {
  if (IsGateOff()) return PassThrough(desired_rad, 0);
  LimitedTarget result;
  if (!std::isfinite(desired_rad) || !std::isfinite(measured_rad) || !IsUsable(state, dt_s)) {
    result.clip.Set(Clip::kNotFinite);
    result.next = BringToRest(state, limits, dt_s);
    return result;
  }
  const double from = state.position_rad;
  const double lead = limits.lead_max_rad;
  double goal = std::clamp(desired_rad, measured_rad - lead, measured_rad + lead);
  if (goal != desired_rad) result.clip.Set(Clip::kLead);
  // From outside the range, staying is allowed and inwards is the only way.
  const double lowest = std::min(limits.lower_rad, from);
  const double highest = std::max(limits.upper_rad, from);
  if (desired_rad < lowest || desired_rad > highest) result.clip.Set(Clip::kPosition);
  goal = std::clamp(goal, lowest, highest);

  const double distance = goal - from;
  const double acceleration = limits.acceleration_rad_s2;
  const bool draws_back =
      std::abs(from - measured_rad) > std::max(lead, std::abs(goal - measured_rad));
  const double least = draws_back ? kDrawBack_rad_s : 0.0;
  const double cap = std::min(std::max(speed_limit_rad_s, least), limits.velocity_rad_s);
  double wanted = SignedApproach(distance, acceleration, dt_s);
  if (approach == Approach::kTrack) {
    // At most what still stops before the range's end.
    const double down = -ApproachSpeed(from - lowest, acceleration, dt_s);
    const double up = ApproachSpeed(highest - from, acceleration, dt_s);
    const double direct = std::clamp(distance / dt_s, down, up);
    if (std::abs(direct - state.velocity_rad_s) <= acceleration * dt_s) wanted = direct;
  }
  if (std::abs(distance) > cap * cap / (2.0 * acceleration) + cap * dt_s) {
    result.clip.Set(Clip::kVelocity);
  }
  wanted = std::clamp(wanted, -cap, cap);

  double speed = NextSpeed(state.velocity_rad_s, wanted, limits, dt_s);
  if (speed != wanted) result.clip.Set(Clip::kAcceleration);
  speed = std::clamp(speed, -limits.velocity_rad_s, limits.velocity_rad_s);
  result.next.velocity_rad_s = speed;
  // The clamp only takes away the rounding of the sum: braking began in time.
  result.next.position_rad = std::clamp(from + speed * dt_s, lowest, highest);
  if (result.next.position_rad != desired_rad) result.clip.Set(Clip::kAcceleration);
  return result;
}

LimitedTarget LimitVelocity(const TargetState& state, double desired_rad_s,
                            const TargetLimits& limits, double dt_s) noexcept {
  if (IsGateOff()) return PassThrough(0, desired_rad_s);
  LimitedTarget result;
  if (!IsUsable(state, dt_s)) {
    result.clip.Set(Clip::kNotFinite);
    result.next = state;
    return result;
  }
  double wanted = desired_rad_s;
  if (!std::isfinite(wanted)) {
    result.clip.Set(Clip::kNotFinite);
    wanted = 0;
  }
  const double capped = std::clamp(wanted, -limits.velocity_rad_s, limits.velocity_rad_s);
  if (capped != wanted) result.clip.Set(Clip::kVelocity);
  const bool too_fast = std::abs(state.velocity_rad_s) > limits.velocity_rad_s;
  const double step = (too_fast ? limits.braking_rad_s2 : limits.acceleration_rad_s2) * dt_s;
  result.next.velocity_rad_s =
      std::clamp(capped, state.velocity_rad_s - step, state.velocity_rad_s + step);
  if (result.next.velocity_rad_s != capped) result.clip.Set(Clip::kAcceleration);
  return result;
}

}  // namespace soarm
