#include "server/servo/bus/plausibility.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace soarm::servo {
namespace {

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

// The goal is as we wrote it last, or as it was before: a write may have been lost.
bool IsOurGoal(const ServoRecord& servo, const WorkingRegisters& told) noexcept {
  const bool wheel = servo.kind == JointKind::kVelocity;
  const std::int32_t goal = wheel ? told.goal_speed : told.goal_position;
  return goal == servo.read_goal ||
         goal == (wheel ? servo.working.goal_speed : servo.working.goal_position);
}

bool IsAsKnown(const ServoRecord& servo, const WorkingRegisters& told) noexcept {
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

Plausibility Weigh(const JointSample& last, ServoRecord& servo, const Told& told) noexcept {
  ServoRecord::Surprise news{.any = true,
                             .position_raw = told.position_raw,
                             .tells_working = told.tells_working,
                             .working = told.working,
                             .stops = told.stops,
                             .alone = told.alone,
                             .at = told.at};
  bool fits = told.stops == 0;
  if (told.tells_place && last.sampled_at != MonoTime{}) {
    fits = fits && IsNear(last.position_raw, told.position_raw, last.velocity_rad_s,
                          told.at - last.sampled_at);
  }
  const bool as_known = !told.tells_working || IsAsKnown(servo, told.working);

  const ServoRecord::Surprise before = servo.surprise;
  // Registers that surprised are not explained by an answer that does not tell them.
  const bool unexplained = before.any && before.tells_working && !told.tells_working;
  if (unexplained) {
    news.tells_working = true;
    news.working = before.working;
  }
  // What it says among others is no answer to what it said alone.
  if (before.any && before.alone && !told.alone) return Plausibility::kSurprise;
  servo.surprise = {};
  if (fits && as_known && !unexplained) return Plausibility::kFits;
  servo.surprise = news;
  if (!told.alone || !before.any || unexplained) return Plausibility::kSurprise;
  const bool there = !told.tells_place || IsNear(before.position_raw, told.position_raw,
                                                 kFastest_rad_s, told.at - before.at);
  // The goal may be another one by now: who writes goals writes many.
  const bool as_before = before.tells_working && news.tells_working &&
                         SameSettings(servo.kind, news.working, before.working) &&
                         news.working.torque_enable == before.working.torque_enable;
  if (!there || told.stops != before.stops || !(as_known || as_before)) {
    return Plausibility::kSurprise;
  }
  servo.surprise = {};
  return Plausibility::kFits;
}

}  // namespace soarm::servo
