#include "server/servo/feetech/working_check.h"

#include <cmath>
#include <utility>

#include "server/core/bypass.h"
#include "server/servo/feetech/registers.h"
#include "server/servo/feetech/sample_decode.h"

namespace soarm::servo::feetech {
namespace {

bool AtPowerUp(const ServoState& servo, const WorkingRegisters& reading) noexcept {
  return reading.acceleration == 0 && reading.goal_speed == 0 &&
         reading.torque_limit == servo.stored.max_torque && reading.torque_enable == 0;
}

bool IsCurrentLimited(const ServoState& servo) noexcept {
  return servo.stored.protection_current != 0 && servo.stored.over_current_time != 0;
}

// Register 38 counts 10 ms; the last fifth is for the way of a goal to the servo.
Nanos Patience(const ServoState& servo) noexcept {
  return std::chrono::milliseconds(8) * servo.stored.over_current_time;
}

bool IsTripNear(const ServoState& servo, MonoTime now) noexcept {
  return now - servo.under_current_at >= Patience(servo);
}

void CheckGoal(ServoState& servo, const WorkingRegisters& reading) noexcept {
  if (!servo.goal_valid || servo.goal_let_go || reading.torque_enable == 0 || servo.status != 0) {
    servo.goal_mismatches = 0;
    return;
  }
  const std::int32_t found =
      servo.kind == JointKind::kVelocity ? reading.goal_speed : reading.goal_position;
  servo.goal_rewrite = found != servo.goal_raw;
  if (!servo.goal_rewrite) {
    servo.goal_mismatches = 0;
  } else if (servo.goal_mismatches < kMismatchesToFault) {
    ++servo.goal_mismatches;
  }
}

}  // namespace

void CheckWorking(ServoState& servo, const WorkingRegisters& reading) noexcept {
  servo.working = reading;
  servo.read_goal = servo.kind == JointKind::kVelocity ? reading.goal_speed : reading.goal_position;
  const bool switched_off = std::exchange(servo.torque_off_sent, false);
  ++servo.working_reads;
  servo.goal_unread = false;
  servo.doubt = false;
  if (servo.in_operation) return;
  if (!servo.expected_known) {
    servo.expected = reading;
    servo.expected_known = true;
  }
  // By us, and not by itself.
  if (switched_off) servo.expected.torque_enable = reading.torque_enable;
  const bool same = SameSettings(servo.kind, reading, servo.expected);
  const bool lost_torque = servo.expected.torque_enable == 1 && reading.torque_enable != 1 &&
                           !servo.latched.Has(Fault::kAtSeam);
  if (AtPowerUp(servo, reading) && (!same || lost_torque)) {
    servo.latched.Set(same ? Fault::kTorqueLost : Fault::kRebooted);
  } else if (lost_torque) {
    servo.latched.Set(Fault::kTorqueLost);
  } else if (!same) {
    servo.latched.Set(Fault::kGoalMismatch);
  }
  servo.verified = same && !lost_torque;
  if (servo.verified) servo.expected.torque_enable = reading.torque_enable;
  CheckGoal(servo, reading);
}

void CheckLock(ServoState& servo, std::int32_t lock) noexcept {
  const bool open = lock == 0;
  if (open == servo.says_open) servo.unlocked = open;
  servo.says_open = open;
}

void CheckCurrent(ServoState& servo, double current_a, MonoTime now) noexcept {
  const double limit_a = servo.stored.protection_current * reg::kProtectionCurrent.unit;
  servo.over_current = IsCurrentLimited(servo) && std::abs(current_a) >= limit_a;
  if (!servo.over_current) servo.under_current_at = now;
  if (!IsGateOff() && servo.over_current && IsTripNear(servo, now)) {
    servo.latched.Set(Fault::kCurrentTrip);
  }
}

bool MayBeSwitchedOff(const ServoState& servo, MonoTime now) noexcept {
  // A twentieth of the servo's time is for the goal's own way, and for readings that are not fresh.
  const Nanos latest = std::chrono::microseconds(9'500) * servo.stored.over_current_time;
  return IsCurrentLimited(servo) && now - servo.under_current_at >= latest;
}

bool MayHaveTripped(const ServoState& servo, MonoTime now, Nanos usual_gap) noexcept {
  if (IsGateOff() || !IsCurrentLimited(servo) || !IsTripNear(servo, now)) return false;
  return servo.over_current || now - servo.under_current_at >= usual_gap;
}

}  // namespace soarm::servo::feetech
