#include "server/servo/working_check.h"

#include <cmath>

#include "server/core/bypass.h"
#include "server/servo/registers.h"

namespace soarm::servo {
namespace {

bool SameSettings(const ServoState& servo, const WorkingRegisters& a,
                  const WorkingRegisters& b) noexcept {
  // A wheel's speed register is its goal, not a setting.
  const bool speed = servo.kind == JointKind::kVelocity || a.goal_speed == b.goal_speed;
  return speed && a.acceleration == b.acceleration && a.torque_limit == b.torque_limit;
}

bool AtPowerUp(const ServoState& servo, const WorkingRegisters& reading) noexcept {
  return reading.acceleration == 0 && reading.goal_speed == 0 &&
         reading.torque_limit == servo.stored.max_torque && reading.torque_enable == 0;
}

void CheckGoal(ServoState& servo, const WorkingRegisters& reading) noexcept {
  if (!servo.goal_valid || reading.torque_enable == 0 || servo.status != 0) {
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
  ++servo.working_reads;
  servo.doubt = false;
  if (servo.in_operation) return;
  if (!servo.expected_known) {
    servo.expected = reading;
    servo.expected_known = true;
  }
  const bool same = SameSettings(servo, reading, servo.expected);
  const bool lost_torque = servo.expected.torque_enable == 1 && reading.torque_enable != 1;
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

void DoubtWorking(ServoState& servo) noexcept {
  servo.doubt = true;
  servo.verified = false;
}

void CheckCurrent(ServoState& servo, double current_a, MonoTime now) noexcept {
  if (IsGateOff()) return;
  const StoredRegisters& stored = servo.stored;
  const double limit_a = stored.protection_current * reg::kProtectionCurrent.unit;
  if (stored.protection_current == 0 || stored.over_current_time == 0 ||
      std::abs(current_a) < limit_a) {
    servo.under_current_at = now;
    return;
  }
  const Nanos patience = std::chrono::milliseconds(8) * stored.over_current_time;
  if (now - servo.under_current_at >= patience) servo.latched.Set(Fault::kCurrentTrip);
}

}  // namespace soarm::servo
