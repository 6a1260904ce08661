// What the joints of a group say about themselves: torque, silence, faults; and what becomes of
// those found under torque.

#include <algorithm>
#include <bit>
#include <cmath>

#include "server/control/group_control.h"

namespace soarm::control {
namespace {

// What explains by itself why a servo has no torque.
constexpr std::uint32_t kSaysWhyLimp =
    kBlockingFaults | FaultSet::Bit(Fault::kWrongMode) | FaultSet::Bit(Fault::kUncalibrated);

// A gap that tells to which side an overloaded joint presses: less is noise, and no strain.
constexpr double kStrains_rad = 0.01;

constexpr std::uint32_t kOverload = FaultSet::Bit(Fault::kOverload);

// How long to wait for a joint's first answer before the others are adopted without it.
constexpr Nanos kAdoptPatience = std::chrono::milliseconds(250);

bool WasRead(const JointSample& sample) noexcept { return sample.sampled_at != MonoTime{}; }

}  // namespace

bool GroupControl::Adopt(const GroupInput& input) noexcept {
  bool complete = true;
  bool any_torque = false;
  bool any_read = false;
  for (std::size_t i = 0; i < input.samples.size(); ++i) {
    if (!Mine(i)) continue;
    const JointSample& sample = input.samples[i];
    complete = complete && IsFound(i, sample);
    any_read = any_read || WasRead(sample);
    any_torque = any_torque || (IsFound(i, sample) && sample.torque_on);
  }
  const bool patient = input.now - configured_at_ < kAdoptPatience;
  if (!any_read || (!complete && patient)) return false;
  for (std::size_t i = 0; i < input.samples.size(); ++i) {
    if (Mine(i) && IsFound(i, input.samples[i]) && input.samples[i].torque_on) {
      AdoptFound(i, input.samples[i]);
    }
  }
  state_.mode = any_torque ? Mode::kHold : Mode::kLimp;
  reason_ = any_torque ? HoldCause::kAdopted : HoldCause::kNone;
  idle_since_ = input.now;
  return true;
}

// Where an opening read it a joint that moves may not be any more: it has to say so now. A wheel
// has to be told to stop in any case.
bool GroupControl::IsFound(std::size_t i, const JointSample& sample) const noexcept {
  const bool wheel = joints_[i].model.kind == JointKind::kVelocity;
  return WasRead(sample) && (wheel || sample.misses == 0);
}

void GroupControl::AdoptFound(std::size_t i, const JointSample& sample) noexcept {
  AdoptJoint(i, sample);
  if (!IsWritable(group_.role)) return;
  unprepared_ |= MaskOf(i);
  Joint& joint = joints_[i];
  // What a low torque limit keeps from its goal is not led back there once that is raised. With its
  // full torque nothing is written yet: the register may not be the goal that acts.
  double& target = joint.applied.position_rad;
  if (sample.full_drive_rad < joint.static_lead_rad) {
    target = std::clamp(target, sample.position_rad - sample.full_drive_rad,
                        sample.position_rad + sample.full_drive_rad);
  }
  joint.yield.AssumeLoad(joint.applied.position_rad, sample.position_rad, joint.static_lead_rad);
}

void GroupControl::AdoptJoint(std::size_t i, const JointSample& sample) noexcept {
  Joint& joint = joints_[i];
  joint.energised = true;
  joint.yield.Reset();
  joint.lead_speed_rad_s = 0;
  joint.strains_to = 0;
  joint.written_raw = sample.goal_raw;
  joint.writes_left = 0;
  if (joint.model.kind == JointKind::kVelocity) {
    joint.applied = {.position_rad = 0, .velocity_rad_s = 0};
    joint.writes_left = kGoalRepeats;  // a wheel found turning must be told to stop
  } else {
    AdoptGoal(joint, sample, limits_[i].lead_max_rad);
  }
}

// Torque that went away, or came without our doing, is followed joint by joint: a group's mode is
// what its servos say.
void GroupControl::TrackTorque(const GroupInput& input) noexcept {
  bool any = false;     // whether a joint is under torque, of those that are heard
  bool absent = false;  // ... of the others, as they were heard last
  bool heard = false;
  const bool limp = state_.mode == Mode::kLimp;
  for (std::size_t i = 0; i < input.samples.size(); ++i) {
    if (!Mine(i)) continue;
    const JointSample& sample = input.samples[i];
    Joint& joint = joints_[i];
    joint.read = joint.read || WasRead(sample);
    joint.confirmed = sample.goal_confirmed && sample.goal_raw == joint.written_raw;
    const bool releasing = (input.releasing & MaskOf(i)) != 0;
    const bool enabling = (input.enabling & MaskOf(i)) != 0;
    if (WasRead(sample) && !releasing) {
      if (joint.energised && !sample.torque_on) {
        joint.energised = false;
        unprepared_ &= ~MaskOf(i);
      }
      const bool found = sample.torque_on && IsFound(i, sample) && (!limp || sample.misses == 0);
      if (!joint.energised && found && !enabling) AdoptFound(i, sample);
    }
    const bool stale = IsStale(sample, input);
    heard = heard || !stale;
    // A wheel that falls silent goes on, and is told to stop until it is heard.
    const bool put_aside = stale && joint.model.kind == JointKind::kPosition;
    (put_aside ? absent : any) |= joint.energised;
  }
  // A silent joint does not make a limp arm hold; when all are silent, nothing is known to change.
  any = any || (!heard && absent);
  if (limp && any && !wants_release()) {
    state_.mode = Mode::kHold;
    reason_ = HoldCause::kAdopted;
    idle_since_ = input.now;
  } else if (!limp && !any && input.enabling == 0) {
    GoLimp(HoldCause::kFault);
  }
}

// Measured against the exchange that could have brought a newer one, so that a late tick of ours
// does not look like a silent servo.
bool GroupControl::IsStale(const JointSample& sample, const GroupInput& input) const noexcept {
  return !WasRead(sample) || input.sampled_by - sample.sampled_at > options_.stale_after;
}

void GroupControl::FindFault(const GroupInput& input) noexcept {
  overloaded_ = 0;
  unfit_ = {};
  if (state_.mode == Mode::kLimp) return;
  for (std::size_t i = 0; i < input.samples.size(); ++i) {
    if (!Mine(i)) continue;
    const JointSample& sample = input.samples[i];
    Joint& joint = joints_[i];
    if (sample.misses == 0) joint.measured_rad = sample.position_rad;
    // A gripper is meant to press; what relieves it still goes out (goal_list.h), and the arm is
    // not held for its sake.
    const bool overloaded = sample.faults.Has(Fault::kOverload) && !joint.model.is_gripper;
    if (overloaded) overloaded_ |= MaskOf(i);
    const double ahead = joint.applied.position_rad - joint.measured_rad;
    if (!overloaded) joint.strains_to = 0;
    if (overloaded && joint.strains_to == 0 && std::abs(ahead) >= kStrains_rad) {
      joint.strains_to = ahead > 0 ? 1 : -1;
    }
    FaultSet found{sample.faults.bits & kBlockingFaults & ~kOverload};
    if (IsStale(sample, input)) found.Set(Fault::kNoReply);
    const bool limp = !joint.energised && IsWritable(group_.role);
    if (limp && !found.Any()) found.Set(Fault::kNoTorque);
    if (found.Any() && !unfit_.any) {
      unfit_ = {.any = true, .joint = static_cast<JointIndex>(i), .faults = found};
    }
  }
  eased_ &= overloaded_;
}

GroupControl::FoundFault GroupControl::FaultBeside(JointMask eased) const noexcept {
  const JointMask strained = overloaded_ & ~eased;
  if (unfit_.any || strained == 0) return unfit_;
  return {.any = true,
          .joint = static_cast<JointIndex>(std::countr_zero(strained)),
          .faults = FaultSet{kOverload}};
}

JointMask GroupControl::EasedBy(JointMask led,
                                const std::array<double, kMaxJoints>& to_rad) const noexcept {
  JointMask eased = 0;
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    const Joint& joint = joints_[i];
    if ((overloaded_ & led & MaskOf(i)) == 0 || joint.model.kind != JointKind::kPosition) continue;
    // Towards what it presses against, and no harder than a hold would and than it does now; while
    // it is not known where that is, either way.
    const double side = joint.strains_to;
    const double pull = to_rad[i] - joint.measured_rad;
    const double presses = (joint.applied.position_rad - joint.measured_rad) * side;
    const double least = joint.static_lead_rad * kOverloadLeadShare;
    const bool relieves =
        side == 0 ? std::abs(pull) <= least : pull * side <= std::clamp(presses, 0.0, least);
    if (relieves) eased |= MaskOf(i);
  }
  return eased;
}

void GroupControl::FindWithoutTorque(const GroupInput& input) noexcept {
  without_torque_ = 0;
  if (state_.mode == Mode::kLimp || !IsWritable(group_.role)) return;
  const JointMask switched = input.enabling | input.releasing;
  for (std::size_t i = 0; i < input.samples.size(); ++i) {
    if (!Mine(i) || joints_[i].energised || (switched & MaskOf(i)) != 0) continue;
    const JointSample& sample = input.samples[i];
    if (!IsStale(sample, input) && (sample.faults.bits & kSaysWhyLimp) == 0) {
      without_torque_ |= MaskOf(i);
    }
  }
}

bool GroupControl::IsReady(std::span<const JointSample> samples) const noexcept {
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (!Mine(i)) continue;
    if (!joints_[i].energised || samples[i].misses > 0 || !samples[i].torque_on) return false;
  }
  return unprepared_ == 0;
}

}  // namespace soarm::control
