#include "server/control/bus_operations.h"

#include <bit>
#include <utility>

namespace soarm::control {
namespace {

constexpr Nanos kReleaseRetry = std::chrono::milliseconds(100);
constexpr Nanos kLimitRetry = std::chrono::milliseconds(100);
// What refuses it is a servo's state, which changes by hand or by itself.
constexpr Nanos kPrepareRetry = std::chrono::milliseconds(500);

bool IsLeaseCurrent(const Request& request, const GroupControl& group, MonoTime now) noexcept {
  const GroupAuthority& authority = group.authority();
  return request.fence != 0 && authority.fence.load(std::memory_order_acquire) == request.fence &&
         ToNanos(now) < authority.lease_until_ns.load(std::memory_order_acquire);
}

// By a stop that was asserted after the request.
bool WasReleased(const Request& request, const GroupControl& group) noexcept {
  return group.authority().releases.load(std::memory_order_acquire) != request.releases;
}

Reply OutcomeReply(Outcome outcome) noexcept {
  Reply reply;
  reply.outcome = outcome;
  return reply;
}

Reply BusReply(const BusOperationResult& result) noexcept {
  const bool done = result.phase == BusOperationResult::Phase::kDone;
  Reply reply = OutcomeReply(done ? Outcome::kDone : Outcome::kBus);
  reply.bus = result;
  return reply;
}

Reply Refused(BusRefusal refusal) noexcept {
  BusOperationResult result;
  result.phase = BusOperationResult::Phase::kFailed;
  result.refusal = refusal;
  return BusReply(result);
}

}  // namespace

void BusOperations::Configure(std::span<const JointLimits> limits) noexcept {
  for (std::size_t i = 0; i < limits.size() && i < kMaxJoints; ++i) limits_[i] = limits[i];
  per_group_ = {};
  job_ = Job::kNone;
}

void BusOperations::Answer(const Reply& reply) noexcept {
  if (slot_) queue_.Finish(*slot_, reply);
  slot_.reset();
  waiting_ = 0;
  energised_ = 0;
}

void BusOperations::RefuseAll(Outcome outcome) noexcept {
  const Reply reply = OutcomeReply(outcome);
  const bool enabling = slot_ && queue_.request(*slot_).kind == RequestKind::kEnable;
  if (enabling && (job_ == Job::kRequest || job_ == Job::kUndo || energised_ != 0)) {
    leftovers_ |= limp_before_;
  }
  // What was to be limp and is not known to be, is so on the next bus too.
  const bool releasing = slot_ && queue_.request(*slot_).kind == RequestKind::kRelease;
  if (job_ == Job::kRelease || (job_ == Job::kRequest && releasing)) leftovers_ |= job_joints_;
  for (PerGroup& own : per_group_) leftovers_ |= std::exchange(own.release_due, 0);
  Answer(reply);
  for (const std::size_t slot : line_) queue_.Finish(slot, reply);
  line_.clear();
  job_ = Job::kNone;
  while (const std::optional<std::size_t> slot = queue_.Take()) queue_.Finish(*slot, reply);
}

JointMask BusOperations::enabling() const noexcept {
  const bool enabling = slot_ && queue_.request(*slot_).kind == RequestKind::kEnable;
  return enabling ? waiting_ | energised_ | job_joints_ : 0;
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

void BusOperations::Before(ActuatorBus& bus, std::span<GroupControl> groups,
                           std::span<const JointSample> samples, MonoTime now) noexcept {
  TakeRequests(groups, now);
  if (BeginRelease(bus, groups, samples, now)) return;
  WatchCaller(bus, groups, now);
  if (job_ != Job::kNone) return;
  if (BeginPreparation(bus, groups, now)) return;
  if (BeginTorqueLimit(bus, groups, now)) return;
  BeginRequest(bus, groups, samples, now);
}

void BusOperations::WatchCaller(ActuatorBus& bus, std::span<GroupControl> groups,
                                MonoTime now) noexcept {
  if (!slot_ || job_ == Job::kUndo || queue_.request(*slot_).kind != RequestKind::kEnable) return;
  const Request& request = queue_.request(*slot_);
  if (!ends_ && !queue_.IsAbandoned(*slot_) && IsLeaseCurrent(request, groups[request.group], now))
    return;
  Undo(bus, OutcomeReply(Outcome::kFenced));
}

void BusOperations::Undo(ActuatorBus& bus, const Reply& why) noexcept {
  BusOperationRequest undo;
  undo.kind = BusOperation::kReleaseTorque;
  undo.joints = energised_;  // and what the running part has energised by now, see Begin()
  waiting_ = 0;
  if (job_ == Job::kNone && energised_ == 0) return Answer(why);
  if (bus.Begin(undo) != BusRefusal::kNone) return;  // tried again in the next tick
  failed_ = why;
  job_ = Job::kUndo;
  job_joints_ |= energised_;
}

void BusOperations::TakeRequests(std::span<GroupControl> groups, MonoTime now) noexcept {
  // The queue has fewer slots than the line, so that the line never overflows.
  while (const std::optional<std::size_t> slot = queue_.Take()) {
    if (!AnswerAtOnce(*slot, groups, now)) line_.push_back(*slot);
  }
}

bool BusOperations::AnswerAtOnce(std::size_t slot, std::span<GroupControl> groups,
                                 MonoTime now) noexcept {
  const Request& request = queue_.request(slot);
  if (request.group >= groups.size()) {
    queue_.Finish(slot, OutcomeReply(Outcome::kNotOpen));
    return true;
  }
  GroupControl& group = groups[request.group];
  Reply reply;
  if (group.mode() == Mode::kUnknown) {
    reply.outcome = Outcome::kNotOpen;
  } else if (!IsLeaseCurrent(request, group, now)) {
    reply.outcome = Outcome::kFenced;
  } else if (request.kind == RequestKind::kStartMove) {
    reply.move = group.StartMove(request.goal, request.move, request.fence, request.stops);
    if (reply.move.refusal != MoveRefusal::kNone) reply.outcome = Outcome::kMove;
  } else if (request.kind == RequestKind::kCancelMove) {
    if (!group.CancelMove(request.move, now)) reply.outcome = Outcome::kNoSuchMove;
  } else {
    return false;
  }
  queue_.Finish(slot, reply);
  return true;
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
  return {.joints = own.release_due | (wants ? on : on & leftovers_), .first = false};
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
  if (!first && job_ != Job::kNone) return false;
  if (job_ == Job::kRelease) request.joints |= job_joints_;
  if (bus.Begin(request) != BusRefusal::kNone) return true;  // asked again in the next tick
  if (job_ == Job::kRequest || job_ == Job::kUndo) Answer(OutcomeReply(Outcome::kStopped));
  job_ = Job::kRelease;
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
    if (group.unprepared() == 0 || now < per_group_[i].prepare_at) continue;
    const JointMask part = PartOf(group.unprepared());
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
  if (result.done != 0) own.fraction = 1.0;
  if (result.phase == BusOperationResult::Phase::kDone) {
    group.OnPrepareRefused({});
    return;
  }
  group.OnPrepareRefused(result);
  own.prepare_at = now + kPrepareRetry;
}

bool BusOperations::BeginTorqueLimit(ActuatorBus& bus, std::span<GroupControl> groups,
                                     MonoTime now) noexcept {
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const GroupControl& group = groups[i];
    PerGroup& own = per_group_[i];
    if (group.model().kind != JointKind::kPosition || !IsWritable(group.model().role)) continue;
    if (group.mode() == Mode::kLimp || group.mode() == Mode::kUnknown) continue;
    if (group.wanted_torque_fraction() != own.fraction) {
      own.fraction = group.wanted_torque_fraction();
      own.limit_waiting = group.joints() & ~group.limp_joints();
    }
    if (own.limit_waiting == 0 || now < own.limit_at) continue;
    const JointMask part = PartOf(own.limit_waiting);
    const BusRefusal refusal = bus.Begin({.kind = BusOperation::kSetTorqueLimit,
                                          .joints = part,
                                          .torque_fraction = LimitOf(part) * own.fraction});
    if (refusal == BusRefusal::kBusy) return true;
    own.limit_waiting &= ~part;
    if (refusal != BusRefusal::kNone) continue;
    job_ = Job::kTorqueLimit;
    job_joints_ = part;
    job_group_ = i;
    return true;
  }
  return false;
}

void BusOperations::BeginRequest(ActuatorBus& bus, std::span<GroupControl> groups,
                                 std::span<const JointSample> samples, MonoTime now) noexcept {
  if (!slot_) {
    if (line_.empty()) return;
    slot_ = line_[0];
    for (std::size_t i = 1; i < line_.size(); ++i) line_[i - 1] = line_[i];
    line_.resize(line_.size() - 1);
    GroupControl& group = groups[queue_.request(*slot_).group];
    waiting_ = group.joints();
    if (queue_.request(*slot_).joints != 0) waiting_ &= queue_.request(*slot_).joints;
  }
  const Request& request = queue_.request(*slot_);
  GroupControl& group = groups[request.group];
  if (!IsLeaseCurrent(request, group, now)) return Answer(OutcomeReply(Outcome::kFenced));
  BusOperationRequest begin;
  begin.joints = waiting_;
  switch (request.kind) {
    case RequestKind::kEnable:
      if (group.wants_release() || WasReleased(request, group)) {
        return Answer(OutcomeReply(Outcome::kStopped));
      }
      // Else every servo is asked first: it may have lost its torque in this very moment.
      if (IsDriven(group.mode()) && group.IsReady(samples)) {
        return Answer(OutcomeReply(Outcome::kDone));
      }
      if (ends_) return Answer(OutcomeReply(Outcome::kStopped));
      per_group_[request.group].release_due = 0;
      if (energised_ == 0) limp_before_ = group.limp_joints();
      leftovers_ &= ~group.joints();
      begin.kind = BusOperation::kEnableTorque;
      begin.joints = PartOf(waiting_);
      begin.torque_fraction = LimitOf(begin.joints);
      break;
    case RequestKind::kRelease:
      begin.kind = BusOperation::kReleaseTorque;
      break;
    case RequestKind::kClearFault:
      begin.kind = BusOperation::kClearFault;
      break;
    case RequestKind::kStartMove:
    case RequestKind::kCancelMove:
      return Answer(OutcomeReply(Outcome::kNoSuchMove));
  }
  const BusRefusal refusal = bus.Begin(begin);
  if (refusal == BusRefusal::kBusy) return;
  if (refusal != BusRefusal::kNone) return Answer(Refused(refusal));
  if (request.kind == RequestKind::kRelease) group.GoLimp(HoldCause::kNone);
  job_ = Job::kRequest;
  job_joints_ = begin.joints;
  job_group_ = request.group;
  waiting_ &= ~begin.joints;
}

void BusOperations::After(ActuatorBus& bus, std::span<GroupControl> groups,
                          std::span<const JointSample> samples, MonoTime now) noexcept {
  const BusOperationResult::Phase phase = bus.operation().phase;
  if (job_ == Job::kNone || phase == BusOperationResult::Phase::kRunning) return;
  const Job ended = job_;
  job_ = Job::kNone;
  switch (ended) {
    case Job::kNone:
      break;
    case Job::kTorqueLimit:
      if (phase != BusOperationResult::Phase::kDone) {
        per_group_[job_group_].limit_waiting |= job_joints_ & ~groups[job_group_].limp_joints();
        per_group_[job_group_].limit_at = now + kLimitRetry;
      }
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
  const bool confirmed = result.phase == BusOperationResult::Phase::kDone;
  if (release_all_) release_ended_ = release_confirmed_ = confirmed;
}

void BusOperations::EndRequest(ActuatorBus& bus, GroupControl& group,
                               std::span<const JointSample> samples, MonoTime now) noexcept {
  const Reply reply = BusReply(bus.operation());
  if (!slot_) return;
  const RequestKind kind = queue_.request(*slot_).kind;
  if (kind == RequestKind::kRelease && reply.outcome != Outcome::kDone) {
    per_group_[job_group_].release_due |= job_joints_ & ~reply.bus.done;
    per_group_[job_group_].retry_at = now + kReleaseRetry;
  }
  if (kind == RequestKind::kClearFault) group.PrepareAnew(job_joints_);
  if (kind != RequestKind::kEnable) return Answer(reply);
  if (reply.outcome != Outcome::kDone) return Undo(bus, reply);
  energised_ |= job_joints_;
  if (queue_.IsAbandoned(*slot_)) return Undo(bus, OutcomeReply(Outcome::kFenced));
  if (waiting_ != 0) return;  // BeginRequest() goes on with the next part
  group.OnEnabled(energised_, samples, now);
  per_group_[job_group_].fraction = 1.0;
  per_group_[job_group_].limit_waiting = 0;
  Answer(reply);
}

}  // namespace soarm::control
