#include "server/servo/bus/goal_watch.h"

#include <cmath>
#include <cstdlib>

namespace soarm::servo {
namespace {

// What swings stands for so long where it turns back.
constexpr Nanos kTurnsBackIn = std::chrono::milliseconds(150);
// A stop that a healthy bus reads back takes two ticks or three.
constexpr Nanos kUsuallyReached = std::chrono::milliseconds(50);

bool IsOverdue(MonoTime since, MonoTime now) noexcept {
  return since != MonoTime{} && now - since >= kUsuallyReached;
}

}  // namespace

void GoalSent(ServoRecord& servo, std::int32_t raw, MonoTime now) noexcept {
  servo.goal_valid = true;
  servo.goal_sent_at = now;
  servo.goal_raw = raw;
  servo.goal_rewrite = false;
  servo.goal_unread = true;
  (servo.kind == JointKind::kVelocity ? servo.working.goal_speed : servo.working.goal_position) =
      raw;
}

bool GoalRelieves(std::int32_t goal, std::int32_t old_goal, std::int32_t measured) noexcept {
  const std::int32_t pull = goal - measured;
  const std::int32_t old_pull = old_goal - measured;
  const bool other_side = (pull > 0) != (old_pull > 0);
  return pull == 0 || other_side || std::abs(pull) < std::abs(old_pull);
}

void WaitForRest(ServoRecord& servo, const JointGoal& goal, bool reached, MonoTime now) noexcept {
  if (!goal.must_rest || reached || !servo.may_write) {
    servo.rest_wanted_since = {};
  } else if (servo.rest_wanted_since == MonoTime{}) {
    servo.rest_wanted_since = now;
  }
}

void WatchTurning(ServoRecord& servo, const JointGoal& goal, bool told, const JointSample& sample,
                  MonoTime now) noexcept {
  if (goal.must_rest && sample.misses > 0) return;
  const bool asked = goal.must_rest && told;
  const bool turns = asked && std::abs(sample.velocity_rad_s) > 2 * kStill_rad_s;
  const bool by_motor = turns && sample.load * sample.velocity_rad_s > 0;
  if (turns) servo.turned_at = now;
  if (!asked || now - servo.turned_at > kTurnsBackIn) {
    servo.turns_since = {};
  } else if (servo.turns_since == MonoTime{}) {
    servo.turns_since = now;
  }
  if (!by_motor) {
    servo.driven_since = {};
  } else if (servo.driven_since == MonoTime{}) {
    servo.driven_since = now;
  }
}

bool TurnsOn(const ServoRecord& servo, MonoTime now) noexcept {
  return servo.turns_since != MonoTime{} && now - servo.turns_since >= kComesToRest;
}

bool DrivesItselfOn(const ServoRecord& servo, const JointSample& sample, MonoTime now) noexcept {
  const bool driven = servo.driven_since != MonoTime{} && now - servo.driven_since >= kComesToRest;
  return driven && servo.kind == JointKind::kVelocity && sample.misses == 0;
}

bool IsStopOverdue(const ServoRecord& servo, MonoTime now) noexcept {
  return IsOverdue(servo.rest_wanted_since, now) || IsOverdue(servo.release_wanted_since, now) ||
         TurnsOn(servo, now);
}

}  // namespace soarm::servo
