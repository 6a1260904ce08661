#include "server/control/controlled_robot.h"

#include <bit>
#include <cmath>
#include <utility>

#include "server/control/problems.h"

namespace soarm::control {
namespace {

std::vector<GroupInfo> GroupsOf(const std::vector<BusSetup>& buses) {
  std::vector<GroupInfo> groups;
  for (std::size_t bus = 0; bus < buses.size(); ++bus) {
    const auto& models = buses[bus].model.groups;
    for (std::size_t i = 0; i < models.size(); ++i) {
      groups.push_back({.name = std::string(models[i].name.view()),
                        .bus_name = buses[bus].name,
                        .bus = bus,
                        .group = i,
                        .kind = models[i].kind,
                        .role = models[i].role,
                        .joints = models[i].joints});
    }
  }
  return groups;
}

std::vector<std::string> NamesOf(const std::vector<GroupInfo>& groups) {
  std::vector<std::string> names;
  for (const GroupInfo& group : groups) names.push_back(group.name);
  return names;
}

}  // namespace

ControlledRobot::ControlledRobot(std::vector<BusSetup> buses, const ControlOptions& options,
                                 Clock& clock)
    : buses_(std::move(buses)),
      options_(options),
      clock_(clock),
      groups_(GroupsOf(buses_)),
      leases_(NamesOf(groups_), authority_, clock),
      stops_(groups_.size(), authority_, clock) {
  authority_.epoch = RandomWord();
  GroupId first = 0;
  for (BusSetup& setup : buses_) {
    cycles_.push_back(std::make_unique<Cycle>(setup.name, setup.model, first, options_, *setup.bus,
                                              authority_, ticked_, clock_));
    lines_.push_back({RequestLine(cycles_.back()->ports().operations), 0});
    first = static_cast<GroupId>(first + setup.model.groups.size());
  }
}

ControlledRobot::~ControlledRobot() = default;

absl::Status ControlledRobot::Start() {
  for (const auto& cycle : cycles_) {
    if (absl::Status status = cycle->Start(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

std::vector<Cycle::EndReport> ControlledRobot::Stop(EndState end, Nanos patience) {
  // All of them first: who waits for one after the other leaves the last no time.
  BeginStop(end, patience);
  std::vector<Cycle::EndReport> reports;
  for (const auto& cycle : cycles_) reports.push_back(cycle->Join());
  return reports;
}

void ControlledRobot::StartStepped() {
  for (const auto& cycle : cycles_) cycle->StartStepped();
}

void ControlledRobot::BeginStop(EndState end, Nanos patience) {
  for (const auto& cycle : cycles_) cycle->BeginStop(end, patience);
}

GroupMask ControlledRobot::writable_groups() const {
  GroupMask mask = 0;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (IsWritable(groups_[i].role)) mask |= MaskOfGroup(static_cast<GroupId>(i));
  }
  return mask;
}

absl::StatusOr<GroupId> ControlledRobot::FindGroup(std::string_view name) const {
  std::string names;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i].name == name) return static_cast<GroupId>(i);
    names += (names.empty() ? "" : ", ") + groups_[i].name;
  }
  // A robot with an arm and a base has one arm: that is what is meant.
  GroupMask candidates = writable_groups();
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const auto id = static_cast<GroupId>(i);
    if (groups_[i].kind == JointKind::kVelocity) candidates &= ~MaskOfGroup(id);
  }
  if (candidates == 0) candidates = all_groups();
  if (name.empty() && std::has_single_bit(candidates)) {
    return static_cast<GroupId>(std::countr_zero(candidates));
  }
  if (name.empty()) {
    return ToStatus(MakeProblem(absl::StatusCode::kInvalidArgument, "GROUP_NEEDED", "",
                                "there are several groups and none was named; they are: " + names,
                                "Name one of them."));
  }
  return ToStatus(MakeProblem(absl::StatusCode::kNotFound, "UNKNOWN_GROUP", std::string(name),
                              "there is no group '" + std::string(name) + "'; there are: " + names,
                              "Name one of them."));
}

absl::StatusOr<JointIndex> ControlledRobot::FindJoint(GroupId group, std::string_view name) const {
  const GroupInfo& place = groups_[group];
  const RobotModel& on_bus = buses_[place.bus].model;
  std::string names;
  for (std::size_t i = 0; i < on_bus.joints.size(); ++i) {
    if ((place.joints & MaskOf(i)) == 0) continue;
    const std::string_view known = on_bus.joints[i].name.view();
    if (known == name) return static_cast<JointIndex>(i);
    names += (names.empty() ? "" : ", ") + std::string(known);
  }
  return ToStatus(MakeProblem(
      absl::StatusCode::kInvalidArgument, "UNKNOWN_JOINT", place.name + "/" + std::string(name),
      place.name + " has no joint '" + std::string(name) + "'; it has: " + names,
      "Name one of them."));
}

GroupState ControlledRobot::StateOf(GroupId group) const {
  const GroupInfo& place = groups_[group];
  return State(place.bus).groups[place.group];
}

std::string ControlledRobot::SubjectOf(GroupId group, JointIndex joint) const {
  const GroupInfo& place = groups_[group];
  const RobotModel& on_bus = buses_[place.bus].model;
  if (joint >= on_bus.joints.size()) return place.name;
  return place.name + "/" + std::string(on_bus.joints[joint].name.view());
}

FaultSet ControlledRobot::FaultsOf(GroupId group, JointIndex joint) const {
  const BusState state = State(groups_[group].bus);
  return joint < state.joints.size() ? state.joints[joint].sample.faults : FaultSet{};
}

std::uint64_t ControlledRobot::OpenStream() {
  const std::lock_guard lock(opening_);
  for (std::size_t i = 0; i < kMaxStreams; ++i) {
    next_place_ = (next_place_ + 1) % kMaxStreams;
    std::atomic<std::uint64_t>& place = authority_.streams[next_place_];
    if (place.load() != 0) continue;
    const std::uint64_t stream = ++streams_opened_ * kMaxStreams + next_place_;
    authority_.newest_stream.store(stream);
    place.store(stream);
    return stream;
  }
  return 0;
}

void ControlledRobot::EndStream(std::uint64_t stream) {
  std::uint64_t open = stream;
  authority_.streams[stream % kMaxStreams].compare_exchange_strong(open, 0);
}

std::optional<GroupCommand> ControlledRobot::Post(GroupId group, const GroupCommand& command) {
  const GroupInfo& place = groups_[group];
  // Fences rise: whoever was judged before the lease changed hands does not displace its new
  // holder.
  return cycles_[place.bus]->ports().commands[place.group].Post(
      command, [](const GroupCommand& unread, const GroupCommand& posted) {
        return unread.fence > posted.fence;
      });
}

absl::Status ControlledRobot::SetSpeedScale(const LeaseRef& lease, double scale) {
  if (!std::isfinite(scale) || scale < 0 || scale > 1) {
    return ToStatus(MakeProblem(absl::StatusCode::kInvalidArgument, "BAD_SPEED_SCALE",
                                "speed_scale", "the speed scale must be from 0 (stand still) to 1",
                                "Send e.g. 0.5."));
  }
  return leases_.SetSpeedScale(lease, scale);
}

}  // namespace soarm::control
