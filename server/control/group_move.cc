// The planned moves of a group.

#include <algorithm>
#include <bit>
#include <cmath>

#include "server/control/group_control.h"

namespace soarm::control {

MoveAnswer GroupControl::StartMove(const MoveGoal& goal, std::uint64_t id, std::uint64_t fence,
                                   std::uint64_t stops) noexcept {
  if (state_.mode == Mode::kUnknown || state_.mode == Mode::kLimp) {
    return {.refusal = MoveRefusal::kNotTorqued};
  }
  if (authority_->stop.load(std::memory_order_acquire) != StopLevel::kNone ||
      authority_->stops.load(std::memory_order_acquire) != stops) {
    return {.refusal = MoveRefusal::kStopped};
  }
  if (fault_.any) return {.refusal = MoveRefusal::kFault, .joint = fault_.joint};
  if (peers_unable_) return {.refusal = MoveRefusal::kPeer};
  if (unprepared_ != 0) {
    const auto first = static_cast<JointIndex>(std::countr_zero(unprepared_));
    const bool known = unprepared_why_.refusal != BusRefusal::kNone;
    return {.refusal = MoveRefusal::kUnprepared,
            .joint = known ? unprepared_why_.joint : first,
            .why = unprepared_why_};
  }
  std::array<double, kMaxJoints> start{};
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    const bool led = (goal.joints & MaskOf(i)) != 0;
    const TargetState applied = led ? SetsOutFrom(joints_[i]) : joints_[i].applied;
    const TargetLimits& limits = limits_[i];
    // Where a target that is under way comes to rest.
    start[i] = applied.position_rad + applied.velocity_rad_s * std::abs(applied.velocity_rad_s) /
                                          (2.0 * std::max(limits.braking_rad_s2, 1e-3));
    if (!led) continue;
    constexpr double kRounding_rad = 1e-6;
    const double target = goal.target_rad[i];
    // Written so that a target that is no number is refused too.
    const bool inside =
        target >= limits.lower_rad - kRounding_rad && target <= limits.upper_rad + kRounding_rad;
    if (!Mine(i) || !inside) {
      return {.refusal = MoveRefusal::kOutsideRange,
              .joint = static_cast<JointIndex>(i),
              .limit_rad = target < limits.lower_rad ? limits.lower_rad : limits.upper_rad};
    }
  }
  Trajectory plan;
  plan.Plan(goal, start, limits_);
  // Written so that a duration that is no number is refused too.
  if (!(plan.duration_s() <= kLongestMove_s)) {
    return {.refusal = MoveRefusal::kTooSlow, .duration_s = plan.duration_s()};
  }
  if (state_.mode == Mode::kMove) EndMove(MovePhase::kInterrupted);
  plan_ = plan;
  move_ = {.id = id, .phase = MovePhase::kRunning, .duration_s = plan_.duration_s()};
  move_fence_ = fence;
  move_stops_ = stops;
  // Not faster than the scale from the first tick on.
  plan_rate_ = authority_->Lease().speed_scale;
  plan_flow_ = 1;
  stuck_s_ = 0;
  settling_s_ = 0;
  state_.mode = Mode::kMove;
  state_.cause = HoldCause::kNone;
  state_.command_sequence = 0;
  return {};
}

bool GroupControl::CancelMove(std::uint64_t id, MonoTime now) noexcept {
  if (state_.mode != Mode::kMove || move_.id != id) return false;
  EndMove(MovePhase::kCancelled);
  state_.mode = Mode::kHold;
  EnterHold(HoldCause::kMoveDone, now);
  return true;
}

void GroupControl::KeepMoving(const GroupInput& input) noexcept {
  if (!lease_.IsCurrent(move_fence_, input.now)) {
    EnterHold(HoldCause::kLeaseLost, input.now);
    return;
  }
  if (authority_->stops.load(std::memory_order_acquire) != move_stops_) {
    EnterHold(HoldCause::kStopped, input.now);
    return;
  }
  constexpr double kPatience_s = 2.0;
  if (stuck_s_ > kPatience_s) return EndBlocked(slowest_, input);
  if (settling_s_ <= 0) return;
  constexpr double kSettle_s = 0.5;
  // What an arm sags under its own weight and half a newton metre, at the factory's gain.
  constexpr double kNear_rad = 0.08;
  bool still = true;
  double furthest_rad = 0;
  for (std::size_t i = 0; i < input.samples.size(); ++i) {
    if (!Mine(i)) continue;
    if (std::abs(input.samples[i].velocity_rad_s) > kStill_rad_s) still = false;
    if (!plan_.Leads(i) || ShortOf(i, input) <= furthest_rad) continue;
    furthest_rad = ShortOf(i, input);
    slowest_ = static_cast<JointIndex>(i);
  }
  const bool there = furthest_rad <= kNear_rad;
  const bool settled = settling_s_ > kSettle_s;
  if (settled && !there) return EndBlocked(slowest_, input);
  if (there && (still || settled)) EnterHold(HoldCause::kMoveDone, input.now);
}

double GroupControl::ShortOf(std::size_t i, const GroupInput& input) const noexcept {
  return std::abs(plan_.At(i, move_.duration_s) - input.samples[i].position_rad);
}

void GroupControl::EndBlocked(JointIndex joint, const GroupInput& input) noexcept {
  EndMove(MovePhase::kBlocked, joint);
  move_.short_rad = ShortOf(joint, input);
  state_.mode = Mode::kHold;
  EnterHold(HoldCause::kMoveDone, input.now);
}

}  // namespace soarm::control
