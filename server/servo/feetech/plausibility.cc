#include "server/servo/feetech/plausibility.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "server/servo/feetech/sample_decode.h"

namespace soarm::servo::feetech {
namespace {

constexpr std::int32_t kStepMode = 3;

// What may change a joint's speed: its servo's strongest acceleration is a third of that, a fall
// less. Harder knocks are told twice.
constexpr double kHardest_rad_s2 = 100.0;
constexpr Nanos kKnockLasts = std::chrono::milliseconds(20);
// Speed is a mean over the last 50 ms or so; what is faster than a servo can turn is no speed.
constexpr double kSpeedLags = 1.5;
constexpr double kFastest_rad_s = 8.0;
// A servo renews what it tells of itself now and then only.
constexpr Nanos kRenewed = std::chrono::milliseconds(10);
// What a joint did in a longer silence is not guessed.
constexpr Nanos kLongestGap = std::chrono::milliseconds(200);
constexpr double kPlay_rad = 0.03;

// Whether a joint may have come from one place to the other in that time.
bool IsNear(std::int32_t from_raw, std::int32_t to_raw, double speed_rad_s, Nanos gap) noexcept {
  const double speed = std::min(kSpeedLags * std::abs(speed_rad_s), kFastest_rad_s);
  const double gap_s = ToSeconds(std::clamp(gap, Nanos(0), kLongestGap));
  const double knock_s = std::min(gap_s, ToSeconds(kKnockLasts));
  const double way_rad =
      speed * (gap_s + ToSeconds(kRenewed)) + kHardest_rad_s2 / 2 * knock_s * knock_s;
  return std::abs(to_raw - from_raw) * kRadPerTick <= kPlay_rad + way_rad;
}

bool IsPossible(const ServoState& servo, std::int32_t position_raw) noexcept {
  if (!servo.known || (servo.stored.phase & kPhaseMultiTurnFeedback) != 0) return true;
  if (servo.stored.mode == kStepMode) return true;  // reports what is left to go, with a sign
  return position_raw >= 0 && position_raw < kTicksPerTurn;
}

// The goal is as we wrote it last, or as it was before: a write may have been lost.
bool IsOurGoal(const ServoState& servo, const WorkingRegisters& told) noexcept {
  const bool wheel = servo.kind == JointKind::kVelocity;
  const std::int32_t goal = wheel ? told.goal_speed : told.goal_position;
  return goal == servo.read_goal ||
         goal == (wheel ? servo.working.goal_speed : servo.working.goal_position);
}

bool IsAsKnown(const ServoState& servo, const WorkingRegisters& told) noexcept {
  if (servo.working_reads == 0) return true;
  // An operation changes the rest, and one that failed may have. The goal that it writes to a limp
  // joint may energise it, and is then news that has to be said twice.
  if (servo.in_operation || !servo.expected_known) {
    return told.torque_enable != 1 || IsOurGoal(servo, told);
  }
  WorkingRegisters known = servo.working;
  if (servo.torque_off_sent && told.torque_enable == 0) known.torque_enable = 0;
  return SameSettings(servo.kind, told, known) && told.torque_enable == known.torque_enable &&
         IsOurGoal(servo, told);
}

}  // namespace

Plausibility Weigh(const JointModel& joint, const JointSample& last, ServoState& servo,
                   const Reading& reading) noexcept {
  const Block block = reading.block;
  ServoState::Surprise told;
  told.any = true;
  told.at = reading.at;
  told.alone = reading.alone;
  told.stops = static_cast<std::uint8_t>(BlockingStatus(servo, reading.status) &
                                         ~BlockingStatus(servo, servo.status));
  bool fits = told.stops == 0;
  bool tells_place = Covers(block, {reg::kPosition.address, reg::kPosition.width});
  if (tells_place) {
    told.position_raw = DecodeFrom(reg::kPosition, block.address, reading.data);
    // A wheel's counts its turns where another program has put it into another mode.
    tells_place = joint.kind == JointKind::kPosition;
    if (tells_place && !IsPossible(servo, told.position_raw)) return Plausibility::kImpossible;
  }
  if (tells_place && last.sampled_at != MonoTime{}) {
    fits = fits && IsNear(last.position_raw, told.position_raw, last.velocity_rad_s,
                          reading.at - last.sampled_at);
  }
  told.tells_working = Covers(block, kWorkingBlock);
  if (told.tells_working) told.working = DecodeWorking(block.address, reading.data);
  const bool as_known = !told.tells_working || IsAsKnown(servo, told.working);

  const ServoState::Surprise before = servo.surprise;
  // Registers that surprised are not explained by an answer that does not tell them.
  const bool unexplained = before.any && before.tells_working && !told.tells_working;
  if (unexplained) {
    told.tells_working = true;
    told.working = before.working;
  }
  // What it says among others is no answer to what it said alone.
  if (before.any && before.alone && !reading.alone) return Plausibility::kSurprise;
  servo.surprise = {};
  if (fits && as_known && !unexplained) return Plausibility::kFits;
  servo.surprise = told;
  if (!reading.alone || !before.any || unexplained) return Plausibility::kSurprise;
  const bool there = !tells_place || IsNear(before.position_raw, told.position_raw, kFastest_rad_s,
                                            reading.at - before.at);
  // The goal may be another one by now: who writes goals writes many.
  const bool as_before = before.tells_working && told.tells_working &&
                         SameSettings(servo.kind, told.working, before.working) &&
                         told.working.torque_enable == before.working.torque_enable;
  if (!there || told.stops != before.stops || !(as_known || as_before)) {
    return Plausibility::kSurprise;
  }
  servo.surprise = {};
  return Plausibility::kFits;
}

}  // namespace soarm::servo::feetech
