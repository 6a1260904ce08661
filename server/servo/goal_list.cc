#include "server/servo/goal_list.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "server/servo/registers.h"
#include "server/servo/sample_decode.h"
#include "server/servo/working_check.h"

namespace soarm::servo {
namespace {

constexpr std::uint8_t kOverloadBit = 0x20;
// Far above what the servo can do, and keeps both bytes of the register away from FF FF.
constexpr double kMaxSpeedRegister = 30'000;

int SpeedUnit(const ServoState& servo) noexcept {
  return (servo.stored.phase & kPhaseFineSpeedUnit) != 0 ? 1 : 50;
}

// One sync-write in the making.
struct Batch {
  const Register& reg;
  InlineVector<std::uint8_t, kMaxJoints> ids;
  InlineVector<std::uint8_t, 2 * kMaxJoints> data;
  JointMask joints = 0;

  void Add(std::size_t joint, std::uint8_t id, std::int32_t value) noexcept {
    RegisterBytes bytes;
    if (!EncodeRegister(reg, value, bytes)) return;
    ids.push_back(id);
    for (const std::uint8_t byte : bytes.span()) data.push_back(byte);
    joints |= MaskOf(joint);
  }
  JointMask AddTo(RequestBuilder& request) const noexcept {
    return request.SyncWrite(reg.address, reg.width, ids, data) ? joints : 0;
  }
};

}  // namespace

bool GoalsReach(const ServoState& servo) noexcept {
  return servo.may_write && servo.known && servo.verified && !servo.goals_barred &&
         !servo.latched.Any() && servo.health.misses() == 0 && BlockingStatus(servo) == 0;
}

bool GoalRelieves(std::int32_t goal, std::int32_t old_goal, std::int32_t measured) noexcept {
  const std::int32_t pull = goal - measured;
  const std::int32_t old_pull = old_goal - measured;
  const bool other_side = (pull > 0) != (old_pull > 0);
  return pull == 0 || other_side || std::abs(pull) < std::abs(old_pull);
}

std::int32_t GoalRegister(const JointModel& joint, const ServoState& servo, double value) noexcept {
  if (servo.kind == JointKind::kVelocity) {
    const double ticks_s = joint.sign * value / kRadPerTick;
    const double raw =
        std::clamp(ticks_s / SpeedUnit(servo), -kMaxSpeedRegister, kMaxSpeedRegister);
    return static_cast<std::int32_t>(std::lround(raw));
  }
  const bool limited = servo.stored.min_position < servo.stored.max_position;
  const int lowest = limited ? servo.stored.min_position : 0;
  const int highest = limited ? servo.stored.max_position : kTicksPerTurn - 1;
  return static_cast<std::int32_t>(
      std::lround(std::clamp<double>(joint.RawFromRad(value), lowest, highest)));
}

std::int32_t GoalTicks(const ServoState& servo, std::int32_t goal_register) noexcept {
  return servo.kind == JointKind::kVelocity ? goal_register * SpeedUnit(servo) : goal_register;
}

JointMask AddGoals(std::span<const JointGoal> goals, std::span<const JointModel> joints,
                   std::span<const JointSample> samples, std::span<ServoState> servos, MonoTime now,
                   Nanos usual_current_gap, RequestBuilder& request) noexcept {
  Batch positions{reg::kGoalPosition, {}, {}};
  Batch speeds{reg::kGoalSpeed, {}, {}};
  std::int32_t raw[kMaxJoints] = {};
  for (std::size_t i = 0; i < servos.size() && i < goals.size(); ++i) {
    const ServoState& servo = servos[i];
    if (!goals[i].write || !std::isfinite(goals[i].value)) continue;
    if (!GoalsReach(servo) || servo.working.torque_enable != 1) continue;
    if (MayHaveTripped(servo, now, usual_current_gap)) continue;
    raw[i] = GoalRegister(joints[i], servo, goals[i].value);
    if (servo.goal_valid && raw[i] == servo.goal_raw && !servo.goal_rewrite) continue;
    if ((servo.status & kOverloadBit) != 0 && servo.kind == JointKind::kPosition &&
        !GoalRelieves(raw[i], servo.working.goal_position, samples[i].position_raw)) {
      continue;
    }
    (servo.kind == JointKind::kVelocity ? speeds : positions).Add(i, servo.id, raw[i]);
  }
  const JointMask written = positions.AddTo(request) | speeds.AddTo(request);
  for (std::size_t i = 0; i < servos.size(); ++i) {
    if ((written & MaskOf(i)) == 0) continue;
    ServoState& servo = servos[i];
    servo.goal_valid = true;
    servo.goal_raw = raw[i];
    servo.goal_rewrite = false;
    (servo.kind == JointKind::kVelocity ? servo.working.goal_speed : servo.working.goal_position) =
        raw[i];
  }
  return written;
}

}  // namespace soarm::servo
