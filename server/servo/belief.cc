#include "server/servo/belief.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "server/servo/sample_decode.h"

namespace soarm::servo {
namespace {

constexpr std::int32_t kStepMode = 3;

// What may change a joint's speed: its servo's strongest acceleration is a third of that, a fall
// less. Harder knocks are told twice.
constexpr double kHardest_rad_s2 = 100.0;
// Speed is a mean over the last 50 ms or so.
constexpr double kSpeedLags = 1.5;
constexpr Nanos kLongestGap = std::chrono::milliseconds(20);
constexpr double kPlay_rad = 0.03;

bool Covers(Block outer, std::uint8_t address, int count) noexcept {
  return outer.address <= address && outer.address + outer.count >= address + count;
}

// Whether a joint may have come from one place to the other in that time. What it did in a longer
// silence is not guessed.
bool IsNear(std::int32_t from_raw, std::int32_t to_raw, double speed_rad_s, Nanos gap) noexcept {
  const double gap_s = ToSeconds(std::clamp(gap, Nanos(0), kLongestGap));
  const double way_rad = (kSpeedLags * std::abs(speed_rad_s) + kHardest_rad_s2 / 2 * gap_s) * gap_s;
  return std::abs(to_raw - from_raw) * kRadPerTick <= kPlay_rad + way_rad;
}

bool SameButGoal(const ServoState& servo, const WorkingRegisters& a,
                 const WorkingRegisters& b) noexcept {
  const bool speed = servo.kind == JointKind::kVelocity || a.goal_speed == b.goal_speed;
  return speed && a.torque_enable == b.torque_enable && a.acceleration == b.acceleration &&
         a.torque_limit == b.torque_limit;
}

bool Same(const ServoState& servo, const WorkingRegisters& a, const WorkingRegisters& b) noexcept {
  const bool goal = servo.kind == JointKind::kVelocity ? a.goal_speed == b.goal_speed
                                                       : a.goal_position == b.goal_position;
  return goal && SameButGoal(servo, a, b);
}

bool IsPossible(const ServoState& servo, std::int32_t position_raw) noexcept {
  if (!servo.known || (servo.stored.phase & kPhaseMultiTurnFeedback) != 0) return true;
  if (servo.stored.mode == kStepMode) return true;  // reports what is left to go, with a sign
  return position_raw >= 0 && position_raw < kTicksPerTurn;
}

}  // namespace

bool IsBelievable(const JointModel& joint, const JointSample& last, ServoState& servo, Block block,
                  std::span<const std::uint8_t> data, bool alone, MonoTime at) noexcept {
  const bool tells_place = Covers(block, reg::kPosition.address, reg::kPosition.width);
  if (tells_place && !IsPossible(servo, DecodeFrom(reg::kPosition, block.address, data))) {
    return false;
  }
  ServoState::Surprise told;
  told.any = true;
  told.at = at;
  bool expected = true;
  const bool has_place = tells_place && joint.kind == JointKind::kPosition;
  if (has_place) {
    told.position_raw = DecodeFrom(reg::kPosition, block.address, data);
    expected = last.sampled_at == MonoTime{} || IsNear(last.position_raw, told.position_raw,
                                                       last.velocity_rad_s, at - last.sampled_at);
  }
  told.tells_working = Covers(block, kWorkingBlock.address, kWorkingBlock.count);
  if (told.tells_working) told.working = DecodeWorking(block.address, data);
  const bool known = servo.expected_known && !servo.in_operation;
  const bool as_known = !told.tells_working || !known || Same(servo, told.working, servo.working);
  const ServoState::Surprise before = servo.surprise;
  servo.surprise = {};
  if (expected && as_known) return true;
  servo.surprise = told;
  if (!alone || !before.any) return false;
  // The goal may be another one by now: who writes goals writes many.
  const bool as_before = before.tells_working && told.tells_working &&
                         SameButGoal(servo, told.working, before.working);
  const bool there = !has_place || IsNear(before.position_raw, told.position_raw,
                                          last.velocity_rad_s, at - before.at);
  return there && (as_known || as_before);
}

}  // namespace soarm::servo
