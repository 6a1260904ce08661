// What the robot is asked to do once, and what came of it.

#include <optional>
#include <string>
#include <utility>

#include "server/control/controlled_robot.h"
#include "server/control/problems.h"

namespace soarm::control {
namespace {

// Torque comes on, and joints move, only for somebody who is there.
bool NeedsCaller(RequestKind kind) {
  return kind == RequestKind::kEnable || kind == RequestKind::kStartMove;
}

// A stop that stands now counts as one that comes later: cleared before the tick sees the request,
// it ends it all the same. Counts first, since a stop shows itself before it counts.
void CountStops(const GroupAuthority& authority, Request& request) {
  request.stops = authority.stops.load(std::memory_order_acquire);
  request.releases = authority.releases.load(std::memory_order_acquire);
  const StopLevel stop = authority.stop.load(std::memory_order_acquire);
  if (stop != StopLevel::kNone) --request.stops;
  if (stop == StopLevel::kRelease) --request.releases;
}

}  // namespace

absl::Status ControlledRobot::CheckWritable(GroupId group) const {
  if (IsWritable(groups_[group].role)) return absl::OkStatus();
  BusOperationResult result;
  result.refusal = BusRefusal::kReadOnly;
  return ToStatus(ProblemOfRefusal(result, groups_[group].name));
}

absl::StatusOr<OperationId> ControlledRobot::Ask(GroupId group, const LeaseRef& lease,
                                                 Request& request) {
  if (absl::Status status = CheckWritable(group); !status.ok()) return status;
  if (absl::Status status = leases_.Check(group, lease); !status.ok()) return status;
  const GroupInfo& place = groups_[group];
  request.group = static_cast<std::uint8_t>(place.group);
  request.fence = lease.fence;
  CountStops(authority_.groups[group], request);
  if (!IsOpen(group)) return NotOpen(group);
  const std::lock_guard lock(asking_);
  Line& line = lines_[place.bus];
  if (request.kind == RequestKind::kStartMove) request.move = ++line.last_move;
  const OperationId id = ++last_operation_;
  if (!line.requests.Post(id, request)) {
    return ToStatus(
        MakeProblem(absl::StatusCode::kResourceExhausted, "TOO_MANY_OPERATIONS", place.name,
                    "too many operations wait for the bus of " + place.name + " already",
                    "Wait for them, then try again."));
  }
  asked_[id] = {.group = group, .lease = lease, .kind = request.kind, .move = request.move};
  return id;
}

std::optional<absl::Status> ControlledRobot::TakeAnswer(OperationId operation) {
  Asked asked;
  std::optional<Reply> reply;
  {
    const std::lock_guard lock(asking_);
    const auto found = asked_.find(operation);
    if (found == asked_.end()) return std::nullopt;
    reply = lines_[groups_[found->second.group].bus].requests.Poll(operation);
    if (!reply) return std::nullopt;
    asked = std::move(found->second);
    asked_.erase(found);
  }
  return StatusOf(asked, *reply);
}

void ControlledRobot::GiveUp(OperationId operation) {
  const std::lock_guard lock(asking_);
  const auto found = asked_.find(operation);
  if (found == asked_.end()) return;
  const Asked& asked = found->second;
  const GroupInfo& place = groups_[asked.group];
  RequestLine& requests = lines_[place.bus].requests;
  bool may_run = false;
  if (NeedsCaller(asked.kind)) {
    may_run = requests.Abandon(operation);
  } else {
    requests.Ignore(operation);
  }
  if (asked.kind == RequestKind::kStartMove && may_run) {  // a tick has just begun it
    Request cancel;
    cancel.kind = RequestKind::kCancelMove;
    cancel.group = static_cast<std::uint8_t>(place.group);
    cancel.fence = asked.lease.fence;
    cancel.move = asked.move;
    const OperationId id = ++last_operation_;
    requests.Post(id, cancel);
    requests.Ignore(id);
  }
  asked_.erase(found);
}

bool ControlledRobot::AdvanceOperations() {
  const std::lock_guard lock(asking_);
  // Handed on they would be refused one by one, each after an attempt at opening of half a second.
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const bool open = IsOpen(static_cast<GroupId>(i));
    if (!open) lines_[groups_[i].bus].requests.RefuseWaiting(Outcome::kNotOpen);
  }
  bool waits = false;
  for (Line& line : lines_) {
    line.requests.Advance();
    waits = waits || !line.requests.is_empty();
  }
  return waits;
}

absl::Status ControlledRobot::NoReply(GroupId group) const {
  const std::string& name = groups_[group].name;
  return ToStatus(MakeProblem(absl::StatusCode::kDeadlineExceeded, "NO_REPLY", name,
                              name + " did not answer in time",
                              "Look at the group's state before trying again."));
}

absl::Status ControlledRobot::NotOpen(GroupId group) const {
  const GroupInfo& place = groups_[group];
  Problem problem = MakeProblem(absl::StatusCode::kUnavailable, "BUS_NOT_OPEN", place.name,
                                "the bus of " + place.name + " is not open",
                                "Check cable and supply; the daemon reconnects by itself.");
  const absl::Status by_now = OpenStatus(place.bus);
  if (by_now.ok()) {
    return ToStatus(MakeProblem(absl::StatusCode::kUnavailable, "BUS_REOPENING", place.name,
                                "the bus of " + place.name + " was just being opened",
                                "Try again."));
  }
  if (const Problem why = ProblemOf(by_now); !why.fix.empty()) {
    problem.message += ": " + why.message;
    problem.fix = why.fix;
  }
  return ToStatus(problem);
}

absl::Status ControlledRobot::StatusOf(const Asked& asked, const Reply& reply) const {
  const GroupId group = asked.group;
  const GroupInfo& place = groups_[group];
  switch (reply.outcome) {
    case Outcome::kDone:
      return absl::OkStatus();
    case Outcome::kBus: {
      const bool about_joint = reply.bus.refusal != BusRefusal::kBusy &&
                               reply.bus.refusal != BusRefusal::kBusLost &&
                               reply.bus.refusal != BusRefusal::kSlowTransport &&
                               reply.bus.refusal != BusRefusal::kReadOnly;
      Problem problem =
          ProblemOfRefusal(reply.bus, about_joint ? SubjectOf(group, reply.bus.joint) : place.name);
      if (reply.bus.refusal == BusRefusal::kServoMissing) {
        TellWhyMissing(FaultsOf(group, reply.bus.joint), problem);
      }
      return ToStatus(problem);
    }
    case Outcome::kFenced: {
      absl::Status status = leases_.Check(group, asked.lease);
      if (!status.ok()) return status;
      return ToStatus(MakeProblem(absl::StatusCode::kFailedPrecondition, "LEASE_LOST", place.name,
                                  "the lease ended before the cycle came to the request",
                                  "Acquire a new lease."));
    }
    case Outcome::kStopped:
      return ToStatus(ProblemOfMove({.refusal = MoveRefusal::kStopped}, place.name));
    case Outcome::kOvertaken:
      return ToStatus(MakeProblem(absl::StatusCode::kAborted, "INTERRUPTED", place.name,
                                  "ReleaseTorque of " + place.name + " was asked for meanwhile",
                                  "Ask for it again after the release."));
    case Outcome::kNotOpen:
      return NotOpen(group);
    case Outcome::kMove: {
      const bool about_joint = reply.move.refusal == MoveRefusal::kOutsideRange ||
                               reply.move.refusal == MoveRefusal::kUnprepared ||
                               reply.move.refusal == MoveRefusal::kFault;
      Problem problem =
          ProblemOfMove(reply.move, about_joint ? SubjectOf(group, reply.move.joint) : place.name);
      if (reply.move.refusal == MoveRefusal::kFault) {
        TellFaults(FaultsOf(group, reply.move.joint), reply.move.faults, problem);
      }
      return ToStatus(problem);
    }
    case Outcome::kNoSuchMove:
      return ToStatus(MakeProblem(absl::StatusCode::kNotFound, "NO_SUCH_MOVE", place.name,
                                  "this move is not running", ""));
  }
  return absl::InternalError("unknown outcome");
}

absl::StatusOr<OperationId> ControlledRobot::EnableTorque(GroupId group, const LeaseRef& lease) {
  Request request;
  request.kind = RequestKind::kEnable;
  return Ask(group, lease, request);
}

absl::StatusOr<OperationId> ControlledRobot::ReleaseTorque(GroupId group, const LeaseRef& lease) {
  Request request;
  request.kind = RequestKind::kRelease;
  return Ask(group, lease, request);
}

absl::StatusOr<OperationId> ControlledRobot::ClearFault(GroupId group,
                                                        std::optional<JointIndex> joint,
                                                        const LeaseRef& lease) {
  Request request;
  request.kind = RequestKind::kClearFault;
  if (joint) request.joints = MaskOf(*joint);
  return Ask(group, lease, request);
}

absl::StatusOr<ControlledRobot::BegunMove> ControlledRobot::StartMove(GroupId group,
                                                                      const LeaseRef& lease,
                                                                      const MoveGoal& goal) {
  const GroupInfo& place = groups_[group];
  if (place.kind != JointKind::kPosition) {
    return ToStatus(MakeProblem(absl::StatusCode::kInvalidArgument, "WRONG_GROUP_KIND", place.name,
                                place.name + " is driven by speed and has no positions to move to",
                                "Send it a twist on a command stream."));
  }
  Request request;
  request.kind = RequestKind::kStartMove;
  request.goal = goal;
  if (request.goal.speed_scale <= 0) request.goal.speed_scale = options_.move_speed_scale;
  const absl::StatusOr<OperationId> asked = Ask(group, lease, request);
  if (!asked.ok()) return asked.status();
  return BegunMove{*asked, request.move};
}

absl::StatusOr<OperationId> ControlledRobot::CancelMove(GroupId group, const LeaseRef& lease,
                                                        std::uint64_t move) {
  Request request;
  request.kind = RequestKind::kCancelMove;
  request.move = move;
  return Ask(group, lease, request);
}

MoveState ControlledRobot::Move(GroupId group) const {
  const GroupInfo& place = groups_[group];
  return cycles_[place.bus]->ports().moves[place.group].Load();
}

absl::Status ControlledRobot::MoveStatus(GroupId group, const LeaseRef& lease,
                                         const MoveState& move) const {
  if (move.phase == MovePhase::kDone) return absl::OkStatus();
  const bool about_joint = move.phase == MovePhase::kFault || move.phase == MovePhase::kBlocked;
  Problem problem =
      ProblemOfPhase(move.phase, about_joint ? SubjectOf(group, move.joint) : groups_[group].name);
  if (move.phase == MovePhase::kFault) {
    TellFaults(FaultsOf(group, move.joint), move.faults, problem);
  }
  const BusState state = State(groups_[group].bus);
  if (move.phase == MovePhase::kBlocked && move.joint < state.joints.size()) {
    TellHowBlocked(move.short_rad, state.joints[move.joint].sample, problem);
  }
  if (move.phase == MovePhase::kLeaseLost) TellHowLost(leases_.Check(group, lease), problem);
  return ToStatus(problem);
}

}  // namespace soarm::control
