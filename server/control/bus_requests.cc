// What callers asked for: from the queue, through the bus, to its reply.

#include <utility>

#include "server/control/bus_operations.h"

namespace soarm::control {
namespace {

bool IsLeaseCurrent(const Request& request, const GroupControl& group, MonoTime now) noexcept {
  return group.authority().Lease().IsCurrent(request.fence, now);
}

// By a stop that stood when it was asked for, or came later (CountStops() in robot_operations.cc).
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

// A clear is done although these stand: warnings, an answer that got lost just now, what ends by
// itself after a clear, and what only torque-on ends.
constexpr std::uint32_t kNoMatterOfAClear =
    FaultSet::Bit(Fault::kHot) | FaultSet::Bit(Fault::kUnlocked) | FaultSet::Bit(Fault::kNoReply) |
    FaultSet::Bit(Fault::kUnprepared) | FaultSet::Bit(Fault::kNoTorque) |
    FaultSet::Bit(Fault::kOverCurrent);

// All cleared, or the first joint on which a fault stands all the same.
Reply Cleared(std::span<const JointSample> samples, JointMask joints) noexcept {
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const FaultSet standing{samples[i].faults.bits & ~kNoMatterOfAClear};
    if ((joints & MaskOf(i)) == 0 || !standing.Any()) continue;
    Reply reply = Refused(BusRefusal::kFaultStands);
    reply.bus.joint = static_cast<JointIndex>(i);
    reply.bus.faults = standing;
    return reply;
  }
  return OutcomeReply(Outcome::kDone);
}

}  // namespace

void BusOperations::Answer(Outcome outcome) noexcept { Answer(OutcomeReply(outcome)); }

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

void BusOperations::WatchCaller(ActuatorBus& bus, std::span<GroupControl> groups,
                                MonoTime now) noexcept {
  if (!slot_ || job_ == Job::kUndo || queue_.request(*slot_).kind != RequestKind::kEnable) return;
  const Request& request = queue_.request(*slot_);
  if (!ends_ && !queue_.IsAbandoned(*slot_) && IsLeaseCurrent(request, groups[request.group], now))
    return;
  Undo(bus, OutcomeReply(Outcome::kFenced));
}

void BusOperations::Undo(ActuatorBus& bus, const Reply& why) noexcept {
  DoubtLimits(job_joints_ | energised_);
  // The part that runs takes back by itself what it has energised by now, see Begin().
  const bool running = bus.operation().phase == BusOperationResult::Phase::kRunning;
  const bool through = job_ == Job::kRequest && !running;
  BusOperationRequest undo;
  undo.kind = BusOperation::kReleaseTorque;
  undo.joints = (energised_ | (through ? job_joints_ : 0)) & limp_before_;
  waiting_ = 0;
  if (!running && undo.joints == 0) {
    job_ = Job::kNone;
    return Answer(why);
  }
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
  } else if (request.kind == RequestKind::kStartMove && ends_) {
    reply.outcome = Outcome::kStopped;
  } else if (request.kind == RequestKind::kStartMove) {
    reply.move = group.StartMove(
        request.goal, {.id = request.move, .fence = request.fence, .stops = request.stops});
    if (reply.move.refusal != MoveRefusal::kNone) reply.outcome = Outcome::kMove;
  } else if (request.kind == RequestKind::kCancelMove) {
    if (!group.CancelMove(request.move, now)) reply.outcome = Outcome::kNoSuchMove;
  } else {
    return false;
  }
  queue_.Finish(slot, reply);
  return true;
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
  if (!IsLeaseCurrent(request, group, now)) return Answer(Outcome::kFenced);
  BusOperationRequest begin;
  begin.joints = waiting_;
  switch (request.kind) {
    case RequestKind::kEnable:
      if (group.wants_release() || WasReleased(request, group)) {
        return Answer(Outcome::kStopped);
      }
      // Else every servo is asked first: it may have lost its torque in this very moment, or while
      // this process stood still.
      if (IsDriven(group.mode()) && group.IsReady(samples) && now >= calm_at_) {
        return Answer(Outcome::kDone);
      }
      if (ends_) return Answer(Outcome::kStopped);
      // Taken back while it waited for the bus; what has begun is undone by WatchCaller().
      if (energised_ == 0 && queue_.IsAbandoned(*slot_)) return Answer(Outcome::kFenced);
      per_group_[request.group].release_due = 0;
      if (energised_ == 0) limp_before_ = HeardLimp(group, samples);
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
      return Answer(Outcome::kNoSuchMove);
  }
  const BusRefusal refusal = bus.Begin(begin);
  if (refusal == BusRefusal::kBusy) return;
  if (refusal != BusRefusal::kNone) return Answer(Refused(refusal));
  if (request.kind == RequestKind::kRelease) group.GoLimp(HoldCause::kNone);
  if (job_ == Job::kTorqueLimit) EndTorqueLimit(false, now);
  job_ = Job::kRequest;
  repeated_ = false;
  job_joints_ = begin.joints;
  job_group_ = request.group;
  waiting_ &= ~begin.joints;
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
  if (kind == RequestKind::kClearFault) {
    group.PrepareAnew(job_joints_);
    if (reply.outcome == Outcome::kDone) return Answer(Cleared(samples, job_joints_));
  }
  if (kind != RequestKind::kEnable) return Answer(reply);
  if (reply.outcome != Outcome::kDone) {
    leftovers_ |= reply.bus.left;  // whoever is found on is released
    return Undo(bus, reply);
  }
  energised_ |= job_joints_;
  if (queue_.IsAbandoned(*slot_)) return Undo(bus, OutcomeReply(Outcome::kFenced));
  if (waiting_ != 0) return;  // BeginRequest() goes on with the next part
  leftovers_ &= ~energised_;
  group.OnEnabled(energised_, samples, now);
  HaveFullTorque(energised_);
  Answer(reply);
}

}  // namespace soarm::control
