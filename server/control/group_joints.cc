// What the joints of a group get in each mode, and what they say about themselves.

#include <algorithm>
#include <cmath>

#include "server/control/group_control.h"

namespace soarm::control {
namespace {

// Faults in which a joint cannot be relied on to do what it is told. Silence is not among them: a
// servo that missed three ticks is put aside, but only stale data is a reason to stop.
constexpr std::uint32_t kBlocking =
    FaultSet::Bit(Fault::kEncoder) | FaultSet::Bit(Fault::kOverTemperature) |
    FaultSet::Bit(Fault::kOverCurrent) | FaultSet::Bit(Fault::kOverload) |
    FaultSet::Bit(Fault::kRebooted) | FaultSet::Bit(Fault::kTorqueLost) |
    FaultSet::Bit(Fault::kCurrentTrip) | FaultSet::Bit(Fault::kDuplicateId) |
    FaultSet::Bit(Fault::kGoalMismatch);

// How long to wait for a joint's first answer before the others are adopted without it.
constexpr Nanos kAdoptPatience = std::chrono::milliseconds(250);

// An unchanged goal is written this often: sync writes have no answer, so one may be lost.
constexpr std::uint8_t kGoalRepeats = 5;

// How far the plan may run ahead of a joint before it waits for it.
constexpr double kPlanAhead_rad = 0.1;
// How fast the plan's own clock follows a changed speed scale.
constexpr double kPlanRateSlew_per_s = 4.0;

bool WasRead(const JointSample& sample) noexcept { return sample.sampled_at != MonoTime{}; }

}  // namespace

bool GroupControl::Adopt(const GroupInput& input) noexcept {
  bool complete = true;
  bool any_torque = false;
  bool any_read = false;
  for (std::size_t i = 0; i < input.samples.size(); ++i) {
    if (!Mine(i)) continue;
    const JointSample& sample = input.samples[i];
    complete = complete && WasRead(sample);
    any_read = any_read || WasRead(sample);
    any_torque = any_torque || (WasRead(sample) && sample.torque_on);
  }
  const bool patient = input.now - configured_at_ < kAdoptPatience;
  if (!any_read || (!complete && patient)) return false;
  for (std::size_t i = 0; i < input.samples.size(); ++i) {
    if (Mine(i) && WasRead(input.samples[i]) && input.samples[i].torque_on) {
      AdoptJoint(i, input.samples[i]);
    }
  }
  state_.mode = any_torque ? Mode::kHold : Mode::kLimp;
  state_.cause = any_torque ? HoldCause::kAdopted : HoldCause::kNone;
  idle_since_ = input.now;
  return true;
}

void GroupControl::AdoptJoint(std::size_t i, const JointSample& sample) noexcept {
  Joint& joint = joints_[i];
  joint.energised = true;
  joint.stall.Reset();
  joint.stalled = false;
  joint.written_raw = sample.goal_raw;
  joint.writes_left = 0;
  if (joint.model.kind == JointKind::kVelocity) {
    joint.applied = {.position_rad = 0, .velocity_rad_s = 0};
    joint.writes_left = kGoalRepeats;  // a wheel found turning must be told to stop
  } else {
    joint.applied = AdoptPosition(sample);
  }
}

// Torque that went away, or came with a servo that answers late, is followed joint by joint.
void GroupControl::TrackTorque(const GroupInput& input) noexcept {
  if (state_.mode == Mode::kLimp) return;
  bool any = false;
  for (std::size_t i = 0; i < input.samples.size(); ++i) {
    if (!Mine(i)) continue;
    const JointSample& sample = input.samples[i];
    if ((input.enabling & MaskOf(i)) == 0 && WasRead(sample)) {
      if (joints_[i].energised && !sample.torque_on) joints_[i].energised = false;
      if (!joints_[i].energised && sample.torque_on) AdoptJoint(i, sample);
    }
    any = any || joints_[i].energised;
  }
  if (!any && input.enabling == 0) GoLimp(HoldCause::kFault);
}

void GroupControl::FindFault(const GroupInput& input) noexcept {
  fault_ = {};
  if (state_.mode == Mode::kLimp) return;
  for (std::size_t i = 0; i < input.samples.size(); ++i) {
    if (!Mine(i)) continue;
    const JointSample& sample = input.samples[i];
    // Measured against the exchange that could have brought a newer one, so that a late tick of
    // ours does not look like a silent servo.
    const bool stale =
        !WasRead(sample) || input.sampled_by - sample.sampled_at > options_.stale_after;
    const bool limp = !joints_[i].energised && (input.enabling & MaskOf(i)) == 0;
    if (stale || limp || (sample.faults.bits & kBlocking) != 0) {
      fault_ = {.any = true, .joint = static_cast<JointIndex>(i)};
      return;
    }
  }
}

void GroupControl::AdvancePlan(double dt_s) noexcept {
  const double scale =
      std::clamp(authority_->speed_scale.load(std::memory_order_acquire), 0.0, 1.0);
  const double slew = kPlanRateSlew_per_s * dt_s;
  plan_rate_ = std::clamp(scale, plan_rate_ - slew, plan_rate_ + slew);
  double worst_rad = 0;
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    if (!Mine(i)) continue;
    const double behind = std::abs(plan_.At(i, move_.elapsed_s) - joints_[i].applied.position_rad);
    if (behind > worst_rad) {
      worst_rad = behind;
      slowest_ = static_cast<JointIndex>(i);
    }
  }
  constexpr double kArrived_rad = 1e-4;
  const bool at_end = move_.elapsed_s >= move_.duration_s;
  if (worst_rad > kPlanAhead_rad || (at_end && worst_rad > kArrived_rad)) {
    stuck_s_ += dt_s;  // the plan waits, so that the joints stay together
    return;
  }
  stuck_s_ = 0;
  if (at_end) settling_s_ += dt_s;
  move_.elapsed_s = std::min(move_.duration_s, move_.elapsed_s + dt_s * plan_rate_);
}

void GroupControl::MoveTargets(const GroupInput& input) noexcept {
  if (state_.mode == Mode::kMove) AdvancePlan(input.dt_s);
  for (std::size_t i = 0; i < input.samples.size(); ++i) {
    if (!Mine(i)) continue;
    if (joints_[i].model.kind == JointKind::kVelocity) {
      MoveVelocity(i, input);
    } else {
      MovePosition(i, input.samples[i], input);
    }
  }
}

void GroupControl::MovePosition(std::size_t i, const JointSample& sample,
                                const GroupInput& input) noexcept {
  Joint& joint = joints_[i];
  joint.clip = {};
  if (!joint.energised) {
    joint.applied = {.position_rad = sample.position_rad, .velocity_rad_s = 0};
    joint.requested = sample.position_rad;
    return;
  }
  joint.stalled = joint.stall.Update(joint.applied.position_rad, sample.position_rad,
                                     sample.velocity_rad_s, joint.static_lead_rad, input.now);
  TargetLimits limits = limits_[i];
  // A gripper that has closed on something squeezes it by the grip margin and no more.
  if (joint.model.is_gripper && joint.stalled) limits.lead_max_rad = joint.static_lead_rad;
  switch (state_.mode) {
    case Mode::kUnknown:
    case Mode::kLimp:
      return;
    case Mode::kHold:
    case Mode::kSoftHold:
      joint.applied = HoldPosition(joint.applied, sample.position_rad, joint.stalled,
                                   joint.static_lead_rad, limits, input.dt_s);
      joint.requested = joint.applied.position_rad;
      return;
    case Mode::kFollow: {
      const double scale =
          std::clamp(authority_->speed_scale.load(std::memory_order_acquire), 0.0, 1.0);
      const LimitedTarget limited =
          LimitPosition(joint.applied, joint.requested, sample.position_rad, limits,
                        scale * limits.velocity_rad_s, input.dt_s, Approach::kStopAtRequest);
      joint.applied = limited.next;
      joint.clip = limited.clip;
      return;
    }
    case Mode::kMove:
      joint.requested = plan_.At(i, move_.elapsed_s);
      joint.applied = LimitPosition(joint.applied, joint.requested, sample.position_rad, limits,
                                    limits.velocity_rad_s, input.dt_s, Approach::kTrack)
                          .next;
      return;
  }
}

void GroupControl::MoveVelocity(std::size_t i, const GroupInput& input) noexcept {
  Joint& joint = joints_[i];
  joint.clip = {};
  if (!joint.energised) {
    joint.applied = {};
    joint.requested = 0;
    return;
  }
  if (state_.mode != Mode::kFollow) joint.requested = 0;
  TargetLimits limits = limits_[i];
  limits.velocity_rad_s *=
      std::clamp(authority_->speed_scale.load(std::memory_order_acquire), 0.0, 1.0);
  const LimitedTarget limited = LimitVelocity(joint.applied, joint.requested, limits, input.dt_s);
  joint.applied = limited.next;
  joint.clip = limited.clip;
}

bool GroupControl::IsMissing(const Joint& joint, const JointSample& sample) noexcept {
  if (!sample.goal_written || sample.goal_raw == joint.written_raw) return false;
  if (joint.kind == JointKind::kPosition) return true;
  // A wheel's servo may count in units of 50 ticks/s; zero is exact in any.
  return joint.written_raw == 0 || std::abs(sample.goal_raw - joint.written_raw) >= 50;
}

void GroupControl::FillGoals(const GroupInput& input, std::span<JointGoal> goals) noexcept {
  const bool moving = state_.mode == Mode::kFollow || state_.mode == Mode::kMove;
  for (std::size_t i = 0; i < goals.size(); ++i) {
    if (!Mine(i)) continue;
    goals[i] = {};
    Joint& joint = joints_[i];
    const bool enabling = (input.enabling & MaskOf(i)) != 0;
    if (!joint.energised || enabling || !IsWritable(group_.role)) continue;
    const double value = applied(i);
    const double raw_value = joint.model.kind == JointKind::kVelocity
                                 ? joint.model.sign * value / kRadPerTick
                                 : joint.model.RawFromRad(value);
    if (!std::isfinite(raw_value)) continue;
    const auto raw = static_cast<std::int32_t>(std::lround(raw_value));
    if (raw != joint.written_raw) joint.writes_left = kGoalRepeats;
    joint.written_raw = raw;
    // What was lost on the wire, or kept from a servo that could not be written to, comes to light
    // only after its repeats.
    const bool missing = IsMissing(joint, input.samples[i]);
    if (!moving && joint.writes_left == 0 && !missing) continue;
    if (joint.writes_left > 0) --joint.writes_left;
    goals[i] = {.write = true, .value = value};
  }
}

void GroupControl::ReportPending(VerdictRing& verdicts) noexcept {
  if (!pending_) return;
  VerdictRecord record = *pending_;
  pending_.reset();
  if (state_.mode != Mode::kFollow) {  // its stream ended or fell silent before this very tick
    record.verdict = Verdict::kHeld;
    record.cause = state_.cause;
    verdicts.Push(record);
    return;
  }
  double worst = 0;
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    if (!Mine(i) || !joints_[i].clip.IsWorthTelling()) continue;
    const double difference = std::abs(joints_[i].requested - applied(i));
    if (record.verdict == Verdict::kClipped && difference <= worst) continue;
    worst = difference;
    record.verdict = Verdict::kClipped;
    record.joint = static_cast<JointIndex>(i);
    record.clip = joints_[i].clip;
    record.requested = joints_[i].requested;
    record.applied = applied(i);
  }
  verdicts.Push(record);
}

}  // namespace soarm::control
