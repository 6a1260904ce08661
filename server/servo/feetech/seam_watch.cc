#include "server/servo/feetech/seam_watch.h"

#include <algorithm>
#include <cstdlib>

#include "server/core/bypass.h"
#include "server/servo/feetech/acting_goal.h"
#include "server/servo/feetech/registers.h"

namespace soarm::servo::feetech {
namespace {

// A degree: further than a joint that is held creeps in two ticks at 50 Hz.
constexpr std::int32_t kAtSeam_ticks = 12;
// Goals stay kSeamMargin_ticks away; half of that is no longer near.
constexpr std::int32_t kClear_ticks = kSeamMargin_ticks / 2;
// Who was last seen on the other side of the turn came over the seam: the way round takes longer
// than an answer.
constexpr std::int32_t kHalfTurn_ticks = kTicksPerTurn / 2;

bool KnowsOneTurn(const ServoState& servo) noexcept {
  return servo.kind == JointKind::kPosition && servo.known && !IsInOtherMode(servo) &&
         (servo.stored.phase & kPhaseMultiTurnFeedback) == 0;
}

// Past its goal, and further that way there is nothing but the seam.
bool IsPushed(const ServoState& servo, std::int32_t position_raw) noexcept {
  const std::int32_t past = position_raw - ActingGoal(servo);
  const bool up = position_raw > kHalfTurn_ticks;
  return up ? past > kAtSeam_ticks : past < -kAtSeam_ticks;
}

}  // namespace

void WatchSeam(std::int32_t position_raw, ServoState& servo) noexcept {
  const bool crossed =
      servo.seam_seen && std::abs(position_raw - servo.seam_last_raw) > kHalfTurn_ticks;
  servo.seam_seen = true;
  servo.seam_last_raw = position_raw;
  const std::int32_t left = std::min(position_raw, kTicksPerTurn - 1 - position_raw);
  if (left >= kClear_ticks) servo.was_clear_of_seam = true;
  if (IsGateOff() || !KnowsOneTurn(servo) || !servo.may_write || servo.goals_barred) return;
  if (servo.working_reads == 0 || servo.working.torque_enable != 1) return;
  const bool pushed =
      servo.was_clear_of_seam && left < kAtSeam_ticks && IsPushed(servo, position_raw);
  if (!crossed && !pushed) return;
  servo.off_at_seam = true;
  servo.was_clear_of_seam = false;
  servo.latched.Set(Fault::kAtSeam);
}

void CheckSeamTorque(ServoState& servo) noexcept {
  if (servo.working.torque_enable != 1) servo.off_at_seam = false;
}

}  // namespace soarm::servo::feetech
