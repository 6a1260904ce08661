#include "server/control/plan_source.h"

#include <algorithm>
#include <cmath>

namespace soarm::control {
namespace {

// How far the plan may run ahead of a joint before it waits for it.
constexpr double kPlanAhead_rad = 0.1;
// How fast the plan's own clock follows a changed speed scale, and stops for a joint that is
// behind: slower down than a joint at full speed may brake (3 rad/s at 30 rad/s2), and gently up.
constexpr double kRateDown_per_s = 10.0;
constexpr double kRateUp_per_s = 4.0;
// How fast a target may come up with its plan, as a share of its speed there; and what a joint that
// the plan does not move may do to come to its place.
constexpr double kCatchUp = 1.15;
constexpr double kCreepSpeed_rad_s = 0.05;
// So long the plan waits for a joint that is behind; so long an arrived one comes to rest.
constexpr double kPatience_s = 2.0;
constexpr double kSettle_s = 0.5;

MovePhase PhaseOf(HoldCause cause) noexcept {
  switch (cause) {
    case HoldCause::kStopped:
      return MovePhase::kStopped;
    case HoldCause::kFault:
      return MovePhase::kFault;
    case HoldCause::kPeer:
      return MovePhase::kPeer;
    case HoldCause::kLeaseLost:
    case HoldCause::kReleased:
    case HoldCause::kExpired:
      return MovePhase::kLeaseLost;
    case HoldCause::kMoveDone:
      return MovePhase::kDone;
    case HoldCause::kMoveBlocked:
      return MovePhase::kBlocked;
    case HoldCause::kNone:
      return MovePhase::kTorqueOff;
    case HoldCause::kAdopted:
    case HoldCause::kTorqueOn:
    case HoldCause::kMoveCancelled:
      return MovePhase::kCancelled;
  }
  return MovePhase::kCancelled;
}

// Where a target that is under way comes to rest.
double RestOf(const TargetState& target, const TargetLimits& limits) noexcept {
  return target.position_rad + target.velocity_rad_s * std::abs(target.velocity_rad_s) /
                                   (2.0 * std::max(limits.braking_rad_s2, 1e-3));
}

}  // namespace

MoveAnswer PlanSource::Begin(const MoveGoal& goal, const Asked& asked, JointMask joints,
                             const std::array<TargetState, kMaxJoints>& from,
                             const std::array<TargetLimits, kMaxJoints>& limits,
                             double speed_scale) noexcept {
  std::array<double, kMaxJoints> start{};
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    start[i] = RestOf(from[i], limits[i]);
    if ((goal.joints & MaskOf(i)) == 0) continue;
    constexpr double kRounding_rad = 1e-6;
    const double lower = limits[i].lower_rad;
    const double upper = limits[i].upper_rad;
    const double target = goal.target_rad[i];
    // Written so that a target that is no number is refused too.
    const bool inside = target >= lower - kRounding_rad && target <= upper + kRounding_rad;
    if ((joints & MaskOf(i)) == 0 || !inside) {
      return {.refusal = MoveRefusal::kOutsideRange,
              .joint = static_cast<JointIndex>(i),
              .limit_rad = target < lower ? lower : upper};
    }
  }
  Trajectory plan;
  plan.Plan(goal, start, limits);
  // Written so that a duration that is no number is refused too.
  if (!(plan.duration_s() <= kLongestMove_s)) {
    return {.refusal = MoveRefusal::kTooSlow, .duration_s = plan.duration_s()};
  }
  *this = PlanSource();
  plan_ = plan;
  asked_ = asked;
  for (std::size_t i = 0; i < kMaxJoints; ++i) near_rad_[i] = limits[i].near_rad;
  state_ = {.id = asked.id, .phase = MovePhase::kRunning, .duration_s = plan.duration_s()};
  rate_ = speed_scale;  // not faster than the scale from the first tick on
  return {};
}

void PlanSource::Forget() noexcept {
  const MoveState state = state_;
  *this = PlanSource();
  state_ = state;
}

std::optional<HoldCause> PlanSource::Keep(const SourceTick& tick) noexcept {
  if (!tick.lease.IsCurrent(asked_.fence, tick.input.now)) return HoldCause::kLeaseLost;
  // A change tells of a stop too short for a tick to see.
  if (tick.authority.stops.load(std::memory_order_acquire) != asked_.stops) {
    return HoldCause::kStopped;
  }
  if (stuck_s_ > kPatience_s) return EndBlocked(tick);
  if (settling_s_ <= 0) return std::nullopt;
  bool still = true;
  double furthest = 0;  // as a multiple of what is near
  for (std::size_t i = 0; i < tick.input.samples.size(); ++i) {
    if ((tick.joints & MaskOf(i)) == 0) continue;
    if (std::abs(tick.input.samples[i].velocity_rad_s) > kStill_rad_s) still = false;
    const double far = ShortOf(i, tick) / near_rad_[i];
    if (!plan_.Leads(i) || far <= furthest) continue;
    furthest = far;
    slowest_ = static_cast<JointIndex>(i);
  }
  const bool there = furthest <= 1;
  const bool settled = settling_s_ > kSettle_s;
  if (settled && !there) return EndBlocked(tick);
  return there && (still || settled) ? std::optional(HoldCause::kMoveDone) : std::nullopt;
}

double PlanSource::ShortOf(std::size_t joint, const SourceTick& tick) const noexcept {
  return std::abs(plan_.goal_rad(joint) - tick.input.samples[joint].position_rad);
}

std::optional<HoldCause> PlanSource::EndBlocked(const SourceTick& tick) noexcept {
  EndAs(MovePhase::kBlocked, slowest_);
  state_.short_rad = ShortOf(slowest_, tick);
  return HoldCause::kMoveBlocked;
}

void PlanSource::Advance(const SourceTick& tick) noexcept {
  const double dt_s = tick.input.dt_s;
  rate_ = std::clamp(tick.lease.speed_scale, rate_ - kRateDown_per_s * dt_s,
                     rate_ + kRateUp_per_s * dt_s);
  double worst_rad = 0;
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    if (!plan_.Leads(i)) continue;
    const double behind = std::abs(plan_.At(i, state_.elapsed_s) - tick.applied_rad[i]);
    if (behind > worst_rad) {
      worst_rad = behind;
      slowest_ = static_cast<JointIndex>(i);
    }
  }
  constexpr double kArrived_rad = 1e-4;
  if (rate_ <= 0) return;  // held by the scale, not by anything in the way
  const bool at_end = state_.elapsed_s >= state_.duration_s;
  // The plan waits, so that the joints stay together.
  const bool waits = worst_rad > kPlanAhead_rad || (at_end && worst_rad > kArrived_rad);
  flow_ =
      std::clamp(waits ? 0.0 : 1.0, flow_ - kRateDown_per_s * dt_s, flow_ + kRateUp_per_s * dt_s);
  stuck_s_ = waits ? stuck_s_ + dt_s : 0;
  if (at_end && !waits) settling_s_ += dt_s;
  state_.elapsed_s = std::min(state_.duration_s, state_.elapsed_s + dt_s * rate_ * flow_);
}

std::optional<Wish> PlanSource::WishFor(std::size_t joint, const TargetLimits& /*limits*/,
                                        const SourceTick& /*tick*/) const noexcept {
  if (!plan_.Leads(joint)) return std::nullopt;
  // A target that had to wait for its joint is in no more of a hurry than the move is.
  const double hurry = (kCatchUp * plan_.speed_rad_s(joint) + kCreepSpeed_rad_s) * rate_;
  return Wish{.target = plan_.At(joint, state_.elapsed_s),
              .speed_limit_rad_s = hurry,
              .approach = Approach::kTrack};
}

void PlanSource::End(const SourceEnd& end) noexcept {
  switch (end.by) {
    case SourceEnd::By::kHold:
      if (IsRunning()) state_.faults = end.faults;
      return EndAs(PhaseOf(end.cause), end.joint);
    case SourceEnd::By::kNewer:
      return EndAs(MovePhase::kInterrupted);
    case SourceEnd::By::kBusLost:
      return EndAs(MovePhase::kBusLost);
  }
}

void PlanSource::EndAs(MovePhase phase, JointIndex joint) noexcept {
  if (!IsRunning()) return;  // it has said how it ended
  state_.phase = phase;
  state_.joint = joint;
}

}  // namespace soarm::control
