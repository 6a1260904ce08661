#include "server/control/bus_operations.h"

#include <bit>

namespace soarm::control {
namespace {

constexpr Nanos kLimitRetry = std::chrono::milliseconds(100);
// What refuses it is a servo's state, which changes by hand or by itself.
constexpr Nanos kPrepareRetry = std::chrono::milliseconds(500);

}  // namespace

void BusOperations::Configure(std::span<const JointLimits> limits) noexcept {
  for (std::size_t i = 0; i < limits.size() && i < kMaxJoints; ++i) limits_[i] = limits[i];
  per_group_ = {};
  soft_ = limit_failed_ = 0;
  job_ = Job::kNone;
}

JointMask BusOperations::releasing(std::span<const GroupControl> groups) const noexcept {
  const bool asked =
      slot_ && job_ == Job::kRequest && queue_.request(*slot_).kind == RequestKind::kRelease;
  JointMask joints = asked || job_ == Job::kRelease ? job_joints_ : 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    joints |= groups[i].joints() & per_group_[i].release_due;
  }
  return joints;
}

// The joints among `joints` that share the torque limit of the first.
JointMask BusOperations::PartOf(JointMask joints) const noexcept {
  JointMask part = 0;
  const double fraction = LimitOf(joints);
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    if ((joints & MaskOf(i)) != 0 && limits_[i].torque_fraction == fraction) part |= MaskOf(i);
  }
  return part;
}

double BusOperations::LimitOf(JointMask part) const noexcept {
  const auto first = static_cast<std::size_t>(std::countr_zero(part));
  return first < kMaxJoints ? limits_[first].torque_fraction : 1.0;
}

// Its joints that have just said so.
JointMask BusOperations::HeardLimp(const GroupControl& group,
                                   std::span<const JointSample> samples) const noexcept {
  JointMask limp = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (samples[i].misses == 0 && !samples[i].torque_on) limp |= MaskOf(i);
  }
  return limp & group.limp_joints();
}

void BusOperations::Before(ActuatorBus& bus, std::span<GroupControl> groups,
                           std::span<const JointSample> samples, MonoTime now) noexcept {
  TakeRequests(groups, now);
  // Who is silent when an enable begins may say only later that it was limp until then.
  if (enabling() != 0) {
    limp_before_ |= HeardLimp(groups[queue_.request(*slot_).group], samples);
  }
  if (BeginRelease(bus, groups, samples, now)) return;
  WatchCaller(bus, groups, now);
  if (job_ != Job::kNone && !GivesWay()) return;
  if (job_ == Job::kNone && BeginPreparation(bus, groups, now)) return;
  if (job_ == Job::kNone && BeginTorqueLimit(bus, groups, now)) return;
  BeginRequest(bus, groups, samples, now);
}

bool BusOperations::GivesWay() const noexcept {
  if (job_ != Job::kPrepare && job_ != Job::kTorqueLimit) return false;
  const std::optional<std::size_t> next =
      slot_ || line_.empty() ? slot_ : std::optional<std::size_t>(line_[0]);
  return next && queue_.request(*next).kind == RequestKind::kRelease;
}

BusOperations::Due BusOperations::DueRelease(const GroupControl& group, PerGroup& own,
                                             std::span<const JointSample> samples,
                                             MonoTime now) const noexcept {
  if (!IsWritable(group.model().role)) return {};
  if (release_all_ && !release_ended_) return {.joints = group.joints(), .first = true};
  const bool wants = group.wants_release();
  const bool newer = group.authority().releases.load(std::memory_order_acquire) != own.releases;
  own.release_tried = own.release_tried && wants && !newer;
  if (wants && !own.release_tried) return {.joints = group.joints(), .first = true};
  if (now < own.retry_at) return {};
  JointMask on = 0;  // somebody else switched it on again
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (samples[i].torque_on && samples[i].misses == 0) on |= group.joints() & MaskOf(i);
  }
  return {.joints = own.release_due | (wants ? on : on & leftovers_ & ~enabling()), .first = false};
}

bool BusOperations::BeginRelease(ActuatorBus& bus, std::span<GroupControl> groups,
                                 std::span<const JointSample> samples, MonoTime now) noexcept {
  BusOperationRequest request;
  request.kind = BusOperation::kReleaseTorque;
  for (std::size_t i = 0; i < samples.size(); ++i) {  // found limp: nothing is left to do
    const JointSample& sample = samples[i];
    const bool read = sample.sampled_at != MonoTime{} && sample.misses == 0;
    if (read && !sample.torque_on) leftovers_ &= ~MaskOf(i);
  }
  bool first = false;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const Due due = DueRelease(groups[i], per_group_[i], samples, now);
    request.joints |= due.joints;
    first = first || due.first;
  }
  if (job_ == Job::kRelease && !(first && (request.joints & ~job_joints_) != 0)) return true;
  if (request.joints == 0) {
    // Nothing that we ever drive.
    if (release_all_) release_ended_ = release_confirmed_ = true;
    return false;
  }
  // What is told again and again to who is silent takes turns with what is asked for.
  if (!first && (job_ != Job::kNone || (repeated_ && IsAsked()))) return false;
  if (job_ == Job::kRelease) request.joints |= job_joints_;
  // An enable that this interrupts, of whatever group, is for all of its joints or none.
  if (enabling() != 0) request.joints |= (energised_ | job_joints_) & limp_before_;
  if (bus.Begin(request) != BusRefusal::kNone) return true;  // asked again in the next tick
  DoubtLimits(job_joints_ | energised_);
  if (job_ == Job::kRequest || job_ == Job::kUndo) Answer(Outcome::kStopped);
  if (job_ == Job::kTorqueLimit) EndTorqueLimit(false, now);
  job_ = Job::kRelease;
  repeated_ = !first;
  job_joints_ = request.joints;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    GroupControl& group = groups[i];
    if ((group.joints() & request.joints) == 0) continue;
    if ((group.joints() & ~request.joints) != 0) continue;  // the others stay as they are
    per_group_[i].release_tried = group.wants_release();
    per_group_[i].releases = group.authority().releases.load(std::memory_order_acquire);
    if (group.mode() == Mode::kUnknown) continue;
    group.GoLimp(group.wants_release() ? HoldCause::kStopped : HoldCause::kNone);
  }
  return true;
}

bool BusOperations::BeginPreparation(ActuatorBus& bus, std::span<GroupControl> groups,
                                     MonoTime now) noexcept {
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const GroupControl& group = groups[i];
    const MonoTime again = per_group_[i].prepare_at;
    if (group.unprepared() == 0 || now < again || (again != MonoTime{} && IsAsked())) continue;
    // Whoever was refused keeps nobody else waiting.
    const JointMask untried = group.unprepared() & ~per_group_[i].refused;
    const JointMask part = PartOf(untried != 0 ? untried : group.unprepared());
    const BusRefusal refusal = bus.Begin(
        {.kind = BusOperation::kPrepareTorque, .joints = part, .torque_fraction = LimitOf(part)});
    if (refusal != BusRefusal::kNone) return refusal == BusRefusal::kBusy;
    job_ = Job::kPrepare;
    job_joints_ = part;
    job_group_ = i;
    return true;
  }
  return false;
}

void BusOperations::EndPreparation(GroupControl& group, const BusOperationResult& result,
                                   MonoTime now) noexcept {
  PerGroup& own = per_group_[job_group_];
  group.OnPrepared(result.done);
  HaveFullTorque(result.done);
  DoubtLimits(job_joints_ & ~result.done);
  if (result.phase == BusOperationResult::Phase::kDone) {
    if (group.unprepared() == 0) group.OnPrepareRefused({});
    own.refused &= ~job_joints_;
    own.prepare_at = {};
    return;
  }
  group.OnPrepareRefused(result);
  own.refused |= job_joints_ & ~result.done;
  if ((group.unprepared() & ~own.refused) == 0) own.refused = 0;  // all were tried
  own.prepare_at = now + kPrepareRetry;
}

bool BusOperations::BeginTorqueLimit(ActuatorBus& bus, std::span<GroupControl> groups,
                                     MonoTime now) noexcept {
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const GroupControl& group = groups[i];
    PerGroup& own = per_group_[i];
    if (group.model().kind != JointKind::kPosition || !IsWritable(group.model().role)) continue;
    if (group.mode() == Mode::kLimp || group.mode() == Mode::kUnknown) continue;
    const JointMask due = LimitDue(group);
    if (due == 0) continue;
    // Whoever did not confirm it keeps nobody else waiting.
    const JointMask untried = due & ~limit_failed_;
    if (untried == 0 && own.limit_at != MonoTime{} && (now < own.limit_at || IsAsked())) continue;
    const JointMask part = PartOf(untried != 0 ? untried : due);
    const double share = group.wanted_torque_fraction();
    const BusRefusal refusal = bus.Begin({.kind = BusOperation::kSetTorqueLimit,
                                          .joints = part,
                                          .torque_fraction = LimitOf(part) * share});
    if (refusal == BusRefusal::kBusy) return true;
    soft_ = group.mode() == Mode::kSoftHold ? soft_ | part : soft_ & ~part;
    limit_failed_ &= ~part;
    if (refusal != BusRefusal::kNone) continue;
    job_ = Job::kTorqueLimit;
    job_joints_ = part;
    job_group_ = i;
    return true;
  }
  return false;
}

JointMask BusOperations::LimitDue(const GroupControl& group) const noexcept {
  const JointMask held = group.joints() & ~group.limp_joints();
  const JointMask wrong = group.mode() == Mode::kSoftHold ? ~soft_ : soft_;
  return held & (wrong | limit_failed_);
}

void BusOperations::HaveFullTorque(JointMask joints) noexcept {
  soft_ &= ~joints;
  limit_failed_ &= ~joints;
}

void BusOperations::DoubtLimits(JointMask joints) noexcept { limit_failed_ |= joints & soft_; }

void BusOperations::EndTorqueLimit(bool done, MonoTime now) noexcept {
  per_group_[job_group_].limit_at = done ? MonoTime{} : now + kLimitRetry;
  if (!done) limit_failed_ |= job_joints_;
}

void BusOperations::After(ActuatorBus& bus, std::span<GroupControl> groups,
                          std::span<const JointSample> samples, MonoTime now) noexcept {
  const BusOperationResult::Phase phase = bus.operation().phase;
  if (job_ == Job::kNone || phase == BusOperationResult::Phase::kRunning) return;
  // An enable is through only for a caller who is known to be there still.
  if (job_ == Job::kRequest && enabling() != 0 && now < calm_at_) return;
  const Job ended = job_;
  job_ = Job::kNone;
  switch (ended) {
    case Job::kNone:
      break;
    case Job::kTorqueLimit:
      EndTorqueLimit(phase == BusOperationResult::Phase::kDone, now);
      break;
    case Job::kPrepare:
      EndPreparation(groups[job_group_], bus.operation(), now);
      break;
    case Job::kRelease:
      EndRelease(groups, bus.operation(), now);
      break;
    case Job::kRequest:
      EndRequest(bus, groups[job_group_], samples, now);
      break;
    case Job::kUndo:
      leftovers_ |= bus.operation().left;
      Answer(failed_);
      break;
  }
  if (job_ == Job::kNone) job_joints_ = 0;
}

void BusOperations::EndRelease(std::span<GroupControl> groups, const BusOperationResult& result,
                               MonoTime now) noexcept {
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const JointMask part = groups[i].joints() & job_joints_;
    if (part == 0) continue;
    PerGroup& own = per_group_[i];
    own.retry_at = now + kReleaseRetry;
    own.release_due = (own.release_due | part) & ~result.done;
    if (part == groups[i].joints()) groups[i].OnReleased(own.releases);
  }
  leftovers_ &= ~result.done;
  JointMask all = 0;
  for (const GroupControl& group : groups) {
    if (IsWritable(group.model().role)) all |= group.joints();
  }
  const bool confirmed =
      result.phase == BusOperationResult::Phase::kDone && (all & ~job_joints_) == 0;
  if (release_all_) release_ended_ = release_confirmed_ = confirmed;
}

}  // namespace soarm::control
