#include "server/control/robot.h"

#include <bit>
#include <cmath>
#include <utility>

#include "server/control/problems.h"

namespace soarm::control {
namespace {

std::vector<GroupPlace> PlacesOf(const std::vector<BusSetup>& buses) {
  std::vector<GroupPlace> places;
  for (std::size_t bus = 0; bus < buses.size(); ++bus) {
    const auto& groups = buses[bus].model.groups;
    for (std::size_t i = 0; i < groups.size() && places.size() < kMaxRobotGroups; ++i) {
      places.push_back({std::string(groups[i].name.view()), groups[i], bus, i});
    }
  }
  return places;
}

std::vector<std::string> NamesOf(const std::vector<GroupPlace>& groups) {
  std::vector<std::string> names;
  for (const GroupPlace& group : groups) names.push_back(group.name);
  return names;
}

Problem MakeProblem(absl::StatusCode code, const char* reason, std::string subject,
                    std::string message, const char* fix) {
  Problem problem;
  problem.code = code;
  problem.reason = reason;
  problem.subject = std::move(subject);
  problem.message = std::move(message);
  problem.fix = fix;
  return problem;
}

}  // namespace

Robot::Robot(std::vector<BusSetup> buses, const ControlOptions& options, Clock& clock)
    : buses_(std::move(buses)),
      options_(options),
      clock_(clock),
      groups_(PlacesOf(buses_)),
      leases_(NamesOf(groups_), authority_, clock),
      stops_(groups_.size(), authority_, clock) {
  authority_.epoch = RandomWord();
  GroupId first = 0;
  for (BusSetup& setup : buses_) {
    cycles_.push_back(std::make_unique<Cycle>(setup.name, setup.model, first, options_, *setup.bus,
                                              authority_, ticked_, clock_));
    first = static_cast<GroupId>(first + setup.model.groups.size());
  }
}

Robot::~Robot() = default;

absl::Status Robot::Start() {
  for (const auto& cycle : cycles_) {
    if (absl::Status status = cycle->Start(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

std::vector<Cycle::EndReport> Robot::Stop(EndState end, Nanos patience) {
  std::vector<Cycle::EndReport> reports;
  for (const auto& cycle : cycles_) reports.push_back(cycle->Stop(end, patience));
  return reports;
}

void Robot::StartStepped() {
  for (const auto& cycle : cycles_) cycle->StartStepped();
}

void Robot::BeginStop(EndState end, Nanos patience) {
  for (const auto& cycle : cycles_) cycle->BeginStop(end, patience);
}

GroupMask Robot::writable_groups() const {
  GroupMask mask = 0;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (IsWritable(groups_[i].model.role)) mask |= MaskOfGroup(static_cast<GroupId>(i));
  }
  return mask;
}

absl::StatusOr<GroupId> Robot::FindGroup(std::string_view name) const {
  std::string names;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i].name == name) return static_cast<GroupId>(i);
    names += (names.empty() ? "" : ", ") + groups_[i].name;
  }
  // A robot with an arm and a base has one arm: that is what is meant.
  GroupMask candidates = writable_groups();
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const auto id = static_cast<GroupId>(i);
    if (groups_[i].model.kind == JointKind::kVelocity) candidates &= ~MaskOfGroup(id);
  }
  if (candidates == 0) candidates = all_groups();
  if (name.empty() && std::has_single_bit(candidates)) {
    return static_cast<GroupId>(std::countr_zero(candidates));
  }
  return ToStatus(MakeProblem(
      name.empty() ? absl::StatusCode::kInvalidArgument : absl::StatusCode::kNotFound,
      "UNKNOWN_GROUP", std::string(name),
      name.empty() ? "there are several groups and none was named; they are: " + names
                   : "there is no group '" + std::string(name) + "'; there are: " + names,
      "Name one of them."));
}

absl::StatusOr<JointIndex> Robot::FindJoint(GroupId group, std::string_view name) const {
  const GroupPlace& place = groups_[group];
  const RobotModel& on_bus = buses_[place.bus].model;
  std::string names;
  for (std::size_t i = 0; i < on_bus.joints.size(); ++i) {
    if ((place.model.joints & MaskOf(i)) == 0) continue;
    const std::string_view known = on_bus.joints[i].name.view();
    if (known == name) return static_cast<JointIndex>(i);
    names += (names.empty() ? "" : ", ") + std::string(known);
  }
  return ToStatus(MakeProblem(
      absl::StatusCode::kInvalidArgument, "UNKNOWN_JOINT", place.name + "/" + std::string(name),
      place.name + " has no joint '" + std::string(name) + "'; it has: " + names,
      "Name one of them."));
}

GroupState Robot::StateOf(GroupId group) const {
  const GroupPlace& place = groups_[group];
  return State(place.bus).groups[place.index];
}

std::string Robot::SubjectOf(GroupId group, JointIndex joint) const {
  const GroupPlace& place = groups_[group];
  const RobotModel& on_bus = buses_[place.bus].model;
  if (joint >= on_bus.joints.size()) return place.name;
  return place.name + "/" + std::string(on_bus.joints[joint].name.view());
}

void Robot::EndStream(std::uint64_t stream) {
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const std::lock_guard lock(posting_);
    if (posted_[i].stream == stream) authority_.groups[i].ended_stream.store(stream);
  }
}

void Robot::Post(GroupId group, const GroupCommand& command) {
  const GroupPlace& place = groups_[group];
  const std::lock_guard lock(posting_);
  Posted& last = posted_[group];
  const std::uint64_t previous = last.stream == command.stream ? last.sequence : 0;
  cycles_[place.bus]->ports().commands[place.index].Post({command, previous});
  last = {command.stream, command.sequence};
}

absl::Status Robot::CheckWritable(GroupId group) const {
  if (IsWritable(groups_[group].model.role)) return absl::OkStatus();
  BusOperationResult result;
  result.refusal = BusRefusal::kReadOnly;
  return ToStatus(ProblemOfRefusal(result, groups_[group].name));
}

absl::StatusOr<Reply> Robot::Ask(GroupId group, const LeaseRef& lease, Request request,
                                 MonoTime deadline) {
  if (absl::Status status = CheckWritable(group); !status.ok()) return status;
  if (absl::Status status = leases_.Check(group, lease); !status.ok()) return status;
  const GroupPlace& place = groups_[group];
  request.group = static_cast<std::uint8_t>(place.index);
  request.fence = lease.fence;
  const std::optional<Reply> reply =
      cycles_[place.bus]->ports().operations.Ask(request, deadline, clock_);
  if (!reply) {
    return ToStatus(MakeProblem(absl::StatusCode::kDeadlineExceeded, "NO_REPLY", place.name,
                                place.name + " did not answer in time; what was begun goes on",
                                "Look at the group's state before trying again."));
  }
  switch (reply->outcome) {
    case Outcome::kDone:
      return *reply;
    case Outcome::kBus: {
      const bool about_joint = reply->bus.refusal != BusRefusal::kBusy &&
                               reply->bus.refusal != BusRefusal::kBusLost &&
                               reply->bus.refusal != BusRefusal::kReadOnly;
      return ToStatus(ProblemOfRefusal(
          reply->bus, about_joint ? SubjectOf(group, reply->bus.joint) : place.name));
    }
    case Outcome::kFenced: {
      absl::Status status = leases_.Check(group, lease);
      if (!status.ok()) return status;
      return ToStatus(MakeProblem(absl::StatusCode::kFailedPrecondition, "LEASE_LOST", place.name,
                                  "the lease ended before the cycle came to the request",
                                  "Acquire a new lease."));
    }
    case Outcome::kStopped:
      return ToStatus(ProblemOfMove({.refusal = MoveRefusal::kStopped}, place.name));
    case Outcome::kNotOpen: {
      Problem problem = MakeProblem(absl::StatusCode::kUnavailable, "BUS_NOT_OPEN", place.name,
                                    "the bus of " + place.name + " is not open",
                                    "Check cable and supply; the daemon reconnects by itself.");
      if (const Problem why = ProblemOf(OpenStatus(place.bus)); !why.fix.empty()) {
        problem.message += ": " + why.message;
        problem.fix = why.fix;
      }
      return ToStatus(problem);
    }
    case Outcome::kMove: {
      const bool about_joint = reply->move.refusal == MoveRefusal::kOutsideRange ||
                               reply->move.refusal == MoveRefusal::kFault;
      return ToStatus(ProblemOfMove(
          reply->move, about_joint ? SubjectOf(group, reply->move.joint) : place.name));
    }
    case Outcome::kNoSuchMove:
      return ToStatus(MakeProblem(absl::StatusCode::kNotFound, "NO_SUCH_MOVE", place.name,
                                  "this move is not running", ""));
  }
  return absl::InternalError("unknown outcome");
}

absl::Status Robot::EnableTorque(GroupId group, const LeaseRef& lease, MonoTime deadline) {
  Request request;
  request.kind = RequestKind::kEnable;
  return Ask(group, lease, request, deadline).status();
}

absl::Status Robot::ReleaseTorque(GroupId group, const LeaseRef& lease, MonoTime deadline) {
  Request request;
  request.kind = RequestKind::kRelease;
  return Ask(group, lease, request, deadline).status();
}

absl::Status Robot::ClearFault(GroupId group, std::optional<JointIndex> joint,
                               const LeaseRef& lease, MonoTime deadline) {
  Request request;
  request.kind = RequestKind::kClearFault;
  if (joint) request.joints = MaskOf(*joint);
  return Ask(group, lease, request, deadline).status();
}

absl::StatusOr<std::uint64_t> Robot::StartMove(GroupId group, const LeaseRef& lease,
                                               const MoveGoal& goal, MonoTime deadline) {
  const GroupPlace& place = groups_[group];
  if (place.model.kind != JointKind::kPosition) {
    return ToStatus(MakeProblem(absl::StatusCode::kInvalidArgument, "WRONG_GROUP_KIND", place.name,
                                place.name + " is driven by speed and has no positions to move to",
                                "Send it a twist on a command stream."));
  }
  Request request;
  request.kind = RequestKind::kStartMove;
  request.goal = goal;
  if (request.goal.speed_scale <= 0) request.goal.speed_scale = options_.move_speed_scale;
  const absl::StatusOr<Reply> reply = Ask(group, lease, request, deadline);
  if (!reply.ok()) return reply.status();
  return reply->move_id;
}

absl::Status Robot::CancelMove(GroupId group, const LeaseRef& lease, std::uint64_t move,
                               MonoTime deadline) {
  Request request;
  request.kind = RequestKind::kCancelMove;
  request.move = move;
  return Ask(group, lease, request, deadline).status();
}

MoveProgress Robot::Move(GroupId group) const {
  const GroupPlace& place = groups_[group];
  return cycles_[place.bus]->ports().moves[place.index].Load();
}

absl::Status Robot::MoveStatus(GroupId group, const MoveProgress& move) const {
  if (move.phase == MovePhase::kDone) return absl::OkStatus();
  const bool about_joint = move.phase == MovePhase::kFault || move.phase == MovePhase::kBlocked;
  return ToStatus(
      ProblemOfPhase(move.phase, about_joint ? SubjectOf(group, move.joint) : groups_[group].name));
}

absl::Status Robot::SetSpeedScale(const LeaseRef& lease, double scale) {
  if (!std::isfinite(scale) || scale < 0 || scale > 1) {
    return ToStatus(MakeProblem(absl::StatusCode::kInvalidArgument, "OUTSIDE_RANGE", "speed_scale",
                                "the speed scale must be from 0 (stand still) to 1",
                                "Send e.g. 0.5."));
  }
  const absl::StatusOr<GroupMask> groups = leases_.GroupsOf(lease);
  if (!groups.ok()) return groups.status();
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const auto id = static_cast<GroupId>(i);
    if ((*groups & MaskOfGroup(id)) != 0) authority_.groups[i].speed_scale.store(scale);
  }
  return absl::OkStatus();
}

}  // namespace soarm::control
