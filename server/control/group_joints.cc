// What the joints of a group get in each mode.

#include <algorithm>
#include <cmath>

#include "server/control/group_control.h"

namespace soarm::control {
namespace {

// More than a servo's play and than what a load that swings takes and gives back.
constexpr double kSetsOut_rad = 0.03;
// So much of a wheel's ramp its target may be ahead of the servo's goal, on a bus that does not
// keep up with the rate; and one unit of a servo that counts in 50 ticks/s.
constexpr double kGoalWaits_s = 0.05;
constexpr double kCoarseSpeed_rad_s = 50 * kRadPerTick;
constexpr double kMostAhead_rad_s = 1.0;
// So long a joint that was found standing far from its goal is listened to and left alone.
constexpr double kTellsItsGoal_s = 0.5;
// A pause after which a joint is elsewhere than it was read; ticks that are only late are shorter.
constexpr double kStoodStill_s = 0.1;

}  // namespace

void GroupControl::MoveTargets(const SourceTick& tick) noexcept {
  if (source_ != nullptr) source_->Advance(tick);
  for (std::size_t i = 0; i < tick.input.samples.size(); ++i) {
    if (!Mine(i)) continue;
    std::optional<Wish> wish;
    if (source_ != nullptr) wish = source_->WishFor(i, limits_[i], tick);
    if (!wish) eased_ &= ~MaskOf(i);  // nothing leads it any more
    if (joints_[i].model.kind == JointKind::kVelocity) {
      MoveVelocity(i, tick.input.samples[i], wish, tick.input);
    } else {
      MovePosition(i, tick.input.samples[i], wish, tick.input);
    }
  }
}

double GroupControl::Rebase(std::size_t i, const JointSample& sample, double dt_s) noexcept {
  Joint& joint = joints_[i];
  // Written even if it stands: a stale register is a leap in waiting, and so is a goal of somebody
  // else's that is younger than the servo's dead time.
  if (!sample.goal_stored) joint.writes_left = std::max<std::uint8_t>(joint.writes_left, 1);
  if (sample.goal_raw == joint.written_raw) return limits_[i].velocity_rad_s;
  if (joint.model.kind == JointKind::kVelocity) {
    // What is slower than the servo's goal is on its way to rest, and never called back from there.
    double& speed = joint.applied.velocity_rad_s;
    const bool slower =
        speed * sample.goal_rad >= 0 && std::abs(speed) <= std::abs(sample.goal_rad);
    const double waits = std::clamp(limits_[i].acceleration_rad_s2 * kGoalWaits_s,
                                    kCoarseSpeed_rad_s, kMostAhead_rad_s);
    if (!slower) speed = std::clamp(speed, sample.goal_rad - waits, sample.goal_rad + waits);
  } else {
    // A goal of somebody else's that the joint has not reached is not ours to pursue.
    const double speed = joint.applied.velocity_rad_s;
    const double was = joint.applied.position_rad;
    AdoptGoal(joint, sample, LeadAt(joint.static_lead_rad, joint.lead_speed_rad_s));
    // What was pressed against or carried belongs to the old goal; a few lost ones are still that.
    if (std::abs(joint.applied.position_rad - was) > kLeastLead_rad) joint.yield.Reset();
    joint.applied.velocity_rad_s = speed;
    Brake(i, dt_s);
  }
  joint.written_raw = sample.goal_raw;
  return std::abs(joint.applied.velocity_rad_s);
}

void GroupControl::AdoptGoal(Joint& joint, const JointSample& sample,
                             double lead_max_rad) noexcept {
  joint.applied = AdoptPosition(sample, lead_max_rad);
  const double ahead = joint.applied.position_rad - sample.position_rad;
  const bool stands = std::abs(sample.velocity_rad_s) <= kStill_rad_s;
  const bool falls_away = !IsDriven(state_.mode) && sample.velocity_rad_s * ahead < 0;
  const bool far = (stands || falls_away) && std::abs(ahead) > joint.static_lead_rad;
  joint.stood_rad = far ? std::optional(sample.position_rad) : std::nullopt;
}

void GroupControl::LeaveFarGoal(std::size_t i, const JointSample& sample) noexcept {
  Joint& joint = joints_[i];
  if (!joint.stood_rad || sample.misses > 0) return;
  const double distance = std::abs(joint.applied.position_rad - sample.position_rad);
  const double was = std::abs(joint.applied.position_rad - *joint.stood_rad);
  // What the load first draws further away sets out from there.
  if (distance > was) joint.stood_rad = sample.position_rad;
  const bool far = distance > joint.static_lead_rad;
  const bool sets_out = distance < was - kSetsOut_rad;
  if (far && sets_out) {
    joint.applied = {.position_rad = sample.position_rad, .velocity_rad_s = 0};
    joint.yield.Reset();
  }
  if (!far || sets_out) joint.stood_rad.reset();
}

TargetState GroupControl::SetsOutFrom(const Joint& joint) noexcept {
  if (!joint.stood_rad) return joint.applied;
  return {.position_rad = *joint.stood_rad, .velocity_rad_s = 0};
}

bool GroupControl::Listens(const Joint& joint) noexcept {
  return joint.stood_rad && joint.stood_heard_s < kTellsItsGoal_s;
}

void GroupControl::SetOut(Joint& joint) noexcept {
  if (!joint.stood_rad) return;
  joint.applied = SetsOutFrom(joint);
  joint.yield.Reset();
  joint.stood_rad.reset();
}

void GroupControl::Brake(std::size_t i, double for_s) noexcept {
  double& speed = joints_[i].applied.velocity_rad_s;
  const double step = limits_[i].braking_rad_s2 * for_s;
  speed -= std::clamp(speed, -step, step);
}

double GroupControl::Lead(std::size_t i, const JointSample& sample, const std::optional<Wish>& wish,
                          const GroupInput& input) noexcept {
  Joint& joint = joints_[i];
  joint.lead_speed_rad_s = std::max(std::abs(joint.applied.velocity_rad_s),
                                    joint.lead_speed_rad_s - kLeadDecay_rad_s2 * input.dt_s);
  // A gripper that has closed on something squeezes it by the grip margin: it is meant to press,
  // but not so hard that its servo takes it for a stall.
  const double grip = std::min(joint.static_lead_rad, sample.overload_drive_rad);
  const double least = joint.model.is_gripper ? grip : kLeastLead_rad;
  if (sample.misses == 0) {
    const double most = joint.model.is_gripper ? grip : joint.static_lead_rad;
    const double lead = std::min(most, sample.full_drive_rad);
    const std::optional<double> wanted = wish ? std::optional(joint.requested) : std::nullopt;
    const bool spared = sample.faults.Has(Fault::kOverload) && !joint.model.is_gripper;
    joint.rest_lead_rad = joint.yield.Update(joint.applied.position_rad, sample.position_rad, lead,
                                             least, wanted, spared, input.now, input.dt_s);
  }
  const bool yields = joint.yield.stuck() && !joint.yield.carried_target_rad();
  return yields ? joint.rest_lead_rad : LeadAt(joint.rest_lead_rad, joint.lead_speed_rad_s);
}

TargetState GroupControl::Hold(const Joint& joint, const JointSample& sample,
                               const TargetLimits& limits, double dt_s) const noexcept {
  double lead = joint.yield.stuck() ? limits.lead_max_rad : joint.static_lead_rad;
  const bool overloaded = sample.faults.Has(Fault::kOverload);
  const bool tripped = sample.faults.Has(Fault::kCurrentTrip);
  // A goal that asks for more than the torque limit would be a leap when that is raised.
  const double drives = LeadAt(sample.full_drive_rad, joint.lead_speed_rad_s);
  const bool weak = drives < lead;
  if (weak) lead = drives;
  if (tripped) lead = std::min(lead, joint.static_lead_rad * kOverCurrentLeadShare);
  if (overloaded) lead = std::min(lead, joint.static_lead_rad * kOverloadLeadShare);
  const std::optional<double> carried = joint.yield.carried_target_rad();
  if (carried && !overloaded && !tripped && !weak) {
    // What was let go of to try it out is taken back, and quickly: the load sinks meanwhile.
    return LimitPosition(joint.applied, *carried, sample.position_rad, limits,
                         limits.velocity_rad_s, dt_s, Approach::kStopAtRequest)
        .next;
  }
  // To a place that was read a while ago nothing yields: the joint may have left it.
  const bool stuck = sample.misses == 0 && (joint.yield.stuck() || overloaded || tripped || weak);
  return HoldPosition(joint.applied, sample.position_rad, stuck, lead, limits, dt_s);
}

void GroupControl::HoldOn(Joint& joint, const JointSample& sample, const TargetLimits& limits,
                          double dt_s) const noexcept {
  if (Listens(joint)) {
    joint.applied.velocity_rad_s = 0;  // nothing of an earlier motion is left for afterwards
  } else {
    joint.applied = Hold(joint, sample, limits, dt_s);
  }
  joint.requested = joint.applied.position_rad;
}

void GroupControl::MovePosition(std::size_t i, const JointSample& sample,
                                const std::optional<Wish>& wish, const GroupInput& input) noexcept {
  Joint& joint = joints_[i];
  joint.clip = {};
  if (!joint.energised) {
    joint.applied = {.position_rad = sample.position_rad, .velocity_rad_s = 0};
    joint.requested = sample.position_rad;
    joint.lead_speed_rad_s = 0;
    return;
  }
  const double fastest = Rebase(i, sample, input.dt_s);
  LeaveFarGoal(i, sample);
  if (!joint.stood_rad) joint.stood_heard_s = 0;
  const bool told = sample.misses == 0 && !sample.goal_doubted;
  if (joint.stood_rad && told) joint.stood_heard_s += input.dt_s;
  // What was read before the pause says nothing any more.
  if (input.paused_s > kStoodStill_s) return;
  TargetLimits limits = limits_[i];
  limits.lead_max_rad = Lead(i, sample, wish, input);
  if (wish) joint.requested = wish->target;
  if (state_.mode == Mode::kUnknown || state_.mode == Mode::kLimp) return;
  // It would not be written: it waits.
  if (source_ != nullptr && !sample.writable) return Brake(i, input.dt_s);
  if (!wish) return HoldOn(joint, sample, limits, input.dt_s);
  SetOut(joint);
  const LimitedTarget limited =
      LimitPosition(joint.applied, joint.requested, sample.position_rad, limits,
                    std::min(wish->speed_limit_rad_s, fastest), input.dt_s, wish->approach);
  joint.applied = limited.next;
  joint.clip = limited.clip;
}

void GroupControl::MoveVelocity(std::size_t i, const JointSample& sample,
                                const std::optional<Wish>& wish, const GroupInput& input) noexcept {
  Joint& joint = joints_[i];
  joint.clip = {};
  if (!joint.energised) {
    joint.applied = {};
    joint.requested = 0;
    return;
  }
  Rebase(i, sample, input.dt_s);
  TargetLimits limits = limits_[i];
  joint.requested = wish ? wish->target : 0;
  if (!wish) limits.acceleration_rad_s2 = limits.braking_rad_s2;
  limits.velocity_rad_s *= lease_.speed_scale;
  const LimitedTarget limited = LimitVelocity(joint.applied, joint.requested, limits, input.dt_s);
  joint.applied = limited.next;
  joint.clip = limited.clip;
}

JointGoal GroupControl::GoalOf(std::size_t i, bool moving) noexcept {
  Joint& joint = joints_[i];
  const double value = applied(i);
  const double raw_value = joint.model.kind == JointKind::kVelocity
                               ? joint.model.sign * value / kRadPerTick
                               : joint.model.RawFromRad(value);
  if (!std::isfinite(raw_value)) return {};
  const auto raw = static_cast<std::int32_t>(std::lround(raw_value));
  if (raw != joint.written_raw) joint.writes_left = kGoalRepeats;
  joint.written_raw = raw;
  if (!moving && joint.writes_left == 0) return {};
  if (joint.writes_left > 0) --joint.writes_left;
  return {.write = true, .value = value};
}

void GroupControl::FillGoals(std::span<JointGoal> goals) noexcept {
  const bool moving = IsDriven(state_.mode);
  const bool stops = state_.stop != StopLevel::kNone || ends_;
  for (std::size_t i = 0; i < goals.size(); ++i) {
    if (!Mine(i)) continue;
    goals[i] = {};
    if (!IsWritable(group_.role)) continue;
    const Joint& joint = joints_[i];
    const bool wheel = joint.model.kind == JointKind::kVelocity;
    if (joint.energised && !Listens(joint)) goals[i] = GoalOf(i, moving);
    // A wheel that was never heard may be turning, whatever the mode of the others is.
    if (wheel) {
      const bool rests = !moving || (joint.requested == 0 && joint.applied.velocity_rad_s == 0);
      goals[i].must_rest = rests && (joint.energised || !joint.read);
    }
    if (!wheel) goals[i].must_rest = stops && joint.energised;
  }
}

void GroupControl::ReportPending(VerdictRing& verdicts) noexcept {
  if (!pending_) return;
  TickVerdict record = *pending_;
  pending_.reset();
  if (source_ != &stream_) {  // its stream ended or fell silent before this very tick
    record.verdict = VerdictKind::kHeld;
    record.cause = state_.cause;
    verdicts.Push(record);
    return;
  }
  double worst = 0;
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    if (!Mine(i) || !joints_[i].clip.IsWorthTelling()) continue;
    const double difference = std::abs(joints_[i].requested - applied(i));
    if (record.verdict == VerdictKind::kClipped && difference <= worst) continue;
    worst = difference;
    record.verdict = VerdictKind::kClipped;
    record.joint = static_cast<JointIndex>(i);
    record.clip = joints_[i].clip;
    record.requested = joints_[i].requested;
    record.applied = applied(i);
  }
  verdicts.Push(record);
}

}  // namespace soarm::control
