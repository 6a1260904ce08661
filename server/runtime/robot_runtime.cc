#include "server/runtime/robot_runtime.h"

#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "common/base/clean_text.h"
#include "common/base/problem.h"
#include "server/runtime/adapter_latency.h"
#include "server/runtime/asked_operation.h"
#include "server/runtime/audit_events.h"
#include "server/runtime/running_move.h"

namespace soarm {
namespace {

std::vector<control::BusSetup> SetupsOf(std::vector<RobotRuntime::BusPart>& parts) {
  std::vector<control::BusSetup> setups;
  for (RobotRuntime::BusPart& part : parts) setups.push_back(std::move(part.setup));
  return setups;
}

std::vector<std::string> DevicesOf(const std::vector<RobotRuntime::BusPart>& parts) {
  std::vector<std::string> devices;
  for (const RobotRuntime::BusPart& part : parts) devices.push_back(part.device);
  return devices;
}

// Their states are the robot's to tell, once it is there.
std::vector<PortWatch::Bus> WatchedBuses(const std::vector<RobotRuntime::BusPart>& parts,
                                         const control::ControlledRobot& robot) {
  std::vector<PortWatch::Bus> buses;
  for (std::size_t bus = 0; bus < parts.size(); ++bus) {
    buses.push_back({.device = parts[bus].device,
                     .state = [&robot, bus] { return robot.State(bus); },
                     .find_other = parts[bus].find_other});
  }
  return buses;
}

}  // namespace

RobotRuntime::RobotRuntime(std::vector<BusPart> buses, const control::ControlOptions& options,
                           Clock& clock, StopStore* stops, Audit* audit)
    : options_(options),
      clock_(clock),
      audit_(audit),
      devices_(DevicesOf(buses)),
      robot_(SetupsOf(buses), options, clock),
      groups_(robot_.groups()),
      callbacks_(robot_.ticked(), clock),
      streams_(robot_, callbacks_, clock),
      ongoing_(callbacks_),
      keeper_(robot_, stops, clock),
      stop_watch_(robot_, keeper_, options.rate_hz, clock),
      clearing_(robot_, keeper_, clock),
      ports_(WatchedBuses(buses, robot_), clock) {
  robot_.leases().Watch(
      [this](const control::LeaseInfo& lease, const control::LeaseTable::Ending* end) {
        if (end != nullptr) callbacks_.AwaitTick();  // its streams end
        if (audit_ != nullptr) audit_->Note(LeaseEvent(lease, NamesOf(lease.groups), end));
      });
  keeper_.Restore();
  callbacks_.OnWake([this](MonoTime now) {
    streams_.OnWake();
    bool waits = ongoing_.OnWake(now);
    waits = robot_.AdvanceOperations() || waits;
    if (!keeper_.is_started()) keeper_.Step();
    waits = stop_watch_.OnWake(now) || waits;
    return clearing_.OnWake(now) || waits;
  });
}

RobotRuntime::~RobotRuntime() { Stop(control::EndState::kHold, Nanos{0}); }

absl::Status RobotRuntime::Start() {
  running_ = true;
  keeper_.Start();
  callbacks_.Start();
  ports_.Start();
  return robot_.Start();
}

void RobotRuntime::StartStepped() {
  running_ = true;
  robot_.StartStepped();
}

bool RobotRuntime::Stop(control::EndState end, Nanos patience, Nanos disk_patience) {
  if (!std::exchange(running_, false)) return true;
  bool confirmed = true;
  const std::vector<control::Cycle::EndReport> reports = robot_.Stop(end, patience);
  for (std::size_t bus = 0; bus < reports.size(); ++bus) {
    confirmed = confirmed && reports[bus].reached && reports[bus].not_reached == 0;
    for (const GroupInfo& group : groups_) {
      for (std::size_t i = 0; group.bus == bus && i < kMaxJoints; ++i) {
        if ((group.joints & reports[bus].not_reached & MaskOf(i)) == 0) continue;
        not_reached_.push_back(
            robot_.SubjectOf(IdOf(bus, group.group), static_cast<JointIndex>(i)));
      }
    }
  }
  callbacks_.Post([this] {
    const absl::Status ended = Refuse(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "",
                                      "The daemon is ending.", "Connect again once it is back.");
    ongoing_.End(ended);
    stop_watch_.End();
    clearing_.End();
  });
  callbacks_.Stop();
  ports_.Stop();
  disk_hangs_ = !keeper_.Stop(disk_patience);
  return confirmed;
}

BusInfo RobotRuntime::Bus(std::size_t bus) const {
  BusInfo info{.name = robot_.bus_name(bus),
               .device = devices_[bus],
               .open_error = robot_.OpenStatus(bus),
               .notes = robot_.Notes(bus)};
  const BusState state = State(bus);
  const bool is_open = state.open;
  if (is_open && state.adapter.delay > Nanos(0)) {
    const Nanos period =
        options_.rate_hz > 0
            ? std::chrono::round<Nanos>(std::chrono::duration<double>(1.0 / options_.rate_hz))
            : Nanos(0);
    info.notes = {AdapterLatency(state.adapter, info.device, period, info.notes)};
  }
  std::optional<Problem> other = ports_.NoteOf(bus);
  if (is_open && other) info.notes.push_back(*std::move(other));
  if (info.open_error.ok() && !is_open) {
    info.open_error =
        Refuse(absl::StatusCode::kUnavailable, "BUS_OPENING", "bus/" + info.name,
               "The bus " + info.name + " on " + info.device + " is being opened.", "Wait.");
  }
  return info;
}

std::span<const JointLimits> RobotRuntime::Limits(std::size_t bus) const {
  return robot_.model(bus).limits;
}

bool RobotRuntime::realtime_priority() const {
  for (std::size_t bus = 0; bus < bus_count(); ++bus) {
    if (!robot_.Realtime(bus).priority) return false;
  }
  return true;
}

bool RobotRuntime::memory_locked() const {
  for (std::size_t bus = 0; bus < bus_count(); ++bus) {
    if (!robot_.Realtime(bus).memory_locked) return false;
  }
  return true;
}

control::GroupId RobotRuntime::IdOf(std::size_t bus, std::size_t group) const {
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i].bus == bus && groups_[i].group == group) {
      return static_cast<control::GroupId>(i);
    }
  }
  return 0;
}

absl::StatusOr<control::GroupMask> RobotRuntime::MaskOfGroups(const std::vector<std::string>& names,
                                                              control::GroupMask when_empty) const {
  if (names.empty()) return when_empty;
  control::GroupMask mask = 0;
  for (const std::string& name : names) {
    std::size_t i = 0;
    while (i < groups_.size() && groups_[i].name != name) ++i;
    if (i == groups_.size()) {
      std::string known;
      for (const GroupInfo& group : groups_) known += (known.empty() ? "" : ", ") + group.name;
      return Refuse(absl::StatusCode::kNotFound, "UNKNOWN_GROUP", name,
                    "There is no group \"" + name + "\".", "Name one of " + known + ".");
    }
    mask |= control::MaskOfGroup(static_cast<control::GroupId>(i));
  }
  return mask;
}

std::vector<std::string> RobotRuntime::NamesOf(control::GroupMask groups) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if ((groups & control::MaskOfGroup(static_cast<control::GroupId>(i))) != 0) {
      names.push_back(groups_[i].name);
    }
  }
  return names;
}

absl::StatusOr<Lease> RobotRuntime::AcquireLease(const LeaseRequest& request) {
  const auto mask = MaskOfGroups(request.groups, robot_.writable_groups());
  if (!mask.ok()) return mask.status();
  const control::GroupMask read_only = *mask & ~robot_.writable_groups();
  if (read_only != 0 && request.lease_class != LeaseClass::kObserver) {
    const std::string name = NamesOf(read_only).front();
    return Refuse(absl::StatusCode::kFailedPrecondition, "READ_ONLY_GROUP", name,
                  "The group " + name + " is a leader or has no role: it is read only.",
                  "Leave it out; watching needs no lease.");
  }
  const auto grant = robot_.leases().Acquire({.groups = *mask,
                                              .lease_class = request.lease_class,
                                              .highest_allowed = request.highest_allowed,
                                              .preempt = request.preempt,
                                              .client_name = request.client_name,
                                              .purpose = request.purpose,
                                              .ttl = request.ttl,
                                              .caller = request.caller,
                                              .paired_client = request.paired_client});
  if (!grant.ok()) return grant.status();
  return Lease{grant->lease, grant->ttl, NamesOf(grant->groups)};
}

absl::StatusOr<Nanos> RobotRuntime::RenewLease(const LeaseRef& lease) {
  const auto grant = robot_.leases().Renew(lease);
  if (!grant.ok()) return grant.status();
  return grant->ttl;
}

absl::Status RobotRuntime::ReleaseLease(const LeaseRef& lease) {
  return robot_.leases().Release(lease);
}

std::vector<LeaseInfo> RobotRuntime::ListLeases() const {
  std::vector<LeaseInfo> infos;
  const MonoTime now = clock_.Now();
  for (const control::LeaseInfo& lease : robot_.leases().List()) {
    infos.push_back({NamesOf(lease.groups), lease.lease_class, lease.client_name, lease.purpose,
                     now - lease.since, lease.until - now, lease.fence});
  }
  return infos;
}

void RobotRuntime::RevokeLeases(std::string_view paired_client) {
  robot_.leases().RevokeOf(paired_client, "the pairing of its client was revoked");
}

absl::Status RobotRuntime::CheckLease(const LeaseRef& lease) const {
  return robot_.leases().Check(lease);
}

absl::Status RobotRuntime::SetSpeedScale(const LeaseRef& lease, double scale) {
  return robot_.SetSpeedScale(lease, scale);
}

std::uint64_t RobotRuntime::Await(control::GroupId group,
                                  const absl::StatusOr<control::OperationId>& begun,
                                  Completion done) {
  if (!begun.ok()) return ongoing_.Fail(std::move(done), begun.status());
  return ongoing_.Add(
      std::make_unique<AskedOperation>(robot_, group, *begun, clock_, std::move(done)));
}

std::uint64_t RobotRuntime::EnableTorque(const GroupInfo& group, const LeaseRef& lease,
                                         Completion done) {
  const control::GroupId id = IdOf(group.bus, group.group);
  return Await(id, robot_.EnableTorque(id, lease), std::move(done));
}

std::uint64_t RobotRuntime::ReleaseTorque(const GroupInfo& group, const LeaseRef& lease,
                                          Completion done) {
  const control::GroupId id = IdOf(group.bus, group.group);
  return Await(id, robot_.ReleaseTorque(id, lease), std::move(done));
}

std::uint64_t RobotRuntime::ClearFault(const GroupInfo& group, JointMask joints,
                                       const LeaseRef& lease, Completion done) {
  std::optional<JointIndex> only;
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    if (joints == MaskOf(i)) only = static_cast<JointIndex>(i);
  }
  const control::GroupId id = IdOf(group.bus, group.group);
  return Await(id, robot_.ClearFault(id, only, lease), std::move(done));
}

void RobotRuntime::CancelOperation(std::uint64_t operation) { ongoing_.GiveUp(operation); }

std::uint64_t RobotRuntime::StartMove(const MoveRequest& request,
                                      std::function<void(const MoveProgress&)> progress,
                                      Completion done) {
  control::MoveGoal goal;
  goal.joints = request.joints;
  goal.target_rad = request.target_rad;
  goal.speed_scale = request.speed_scale;
  goal.min_duration_s = ToSeconds(request.at_least);
  const control::GroupId group = IdOf(request.bus, request.group);
  const auto begun = robot_.StartMove(group, request.lease, goal);
  if (!begun.ok()) return ongoing_.Fail(std::move(done), begun.status());
  RunningMove::Asked asked{.group = group,
                           .lease = request.lease,
                           .progress = std::move(progress),
                           .done = std::move(done)};
  return ongoing_.Add(std::make_unique<RunningMove>(robot_, *begun, clock_, std::move(asked)));
}

absl::StatusOr<std::uint64_t> RobotRuntime::OpenCommands(CommandListener listener) {
  return streams_.Open(std::move(listener));
}

void RobotRuntime::PostCommand(const GroupInfo& group, const LeaseRef& lease,
                               const GroupCommand& command) {
  streams_.Post(IdOf(group.bus, group.group), lease, command);
}

void RobotRuntime::CloseCommands(std::uint64_t stream) { streams_.Close(stream); }

std::uint64_t RobotRuntime::verdicts_lost() const {
  std::uint64_t lost = streams_.lost();
  for (std::size_t bus = 0; bus < bus_count(); ++bus) lost += robot_.verdicts_lost(bus);
  return lost;
}

control::GroupMask RobotRuntime::KnownGroups(const std::vector<std::string>& names,
                                             std::vector<std::string>& unknown) const {
  if (names.empty()) return robot_.all_groups();
  control::GroupMask mask = 0;
  for (const std::string& name : names) {
    const auto one = MaskOfGroups({name}, 0);
    if (one.ok()) {
      mask |= *one;
    } else {
      unknown.push_back(name);
    }
  }
  return mask;
}

StopAnswer RobotRuntime::Stop(const std::vector<std::string>& groups, StopLevel level,
                              std::string_view reason, std::string_view source) {
  StopAnswer answer;
  const control::GroupMask mask = KnownGroups(groups, answer.unknown_groups);
  const std::string why = CleanText(reason, kLongestReason);
  const std::string who = CleanText(source, kLongestReason);
  if (mask != 0) answer.id = std::to_string(robot_.stops().Assert(mask, level, who, why));
  if (audit_ != nullptr) audit_->Note(StopEvent(groups, level, why, who));
  if (answer.unknown_groups.empty()) return answer;
  answer.held_id =
      std::to_string(robot_.stops().Assert(robot_.all_groups(), StopLevel::kHold, who, why));
  if (answer.id.empty()) answer.id = answer.held_id;
  return answer;
}

void RobotRuntime::WatchStop(const std::vector<std::string>& groups,
                             std::function<void(const StopReport&)> done) {
  std::vector<std::string> unknown;
  const control::GroupMask mask = KnownGroups(groups, unknown);
  stop_watch_.Watch(unknown.empty() ? mask : robot_.all_groups(), std::move(done));
  callbacks_.AwaitTick();
}

std::function<std::optional<StopReport>()> RobotRuntime::LookAtStop() const {
  return [this, look = stop_watch_.Begin(robot_.all_groups())] {
    return stop_watch_.Report(look, clock_.Now());
  };
}

absl::Status RobotRuntime::ClearStop(std::string_view id,
                                     std::function<void(const ClearReport&)> done) {
  std::uint64_t number = 0;
  if (!id.empty()) {
    const auto parsed = std::from_chars(id.data(), id.data() + id.size(), number);
    if (parsed.ec != std::errc() || parsed.ptr != id.data() + id.size() || number == 0) {
      return Refuse(absl::StatusCode::kNotFound, "UNKNOWN_STOP", std::string(id),
                    "No stop has this id.", "See GetSafety for the stops that stand.");
    }
  }
  const absl::Status begun = clearing_.Begin(number, std::move(done));
  callbacks_.AwaitTick();
  return begun;
}

std::vector<StopAssertion> RobotRuntime::Stops() const {
  std::vector<StopAssertion> stops;
  for (const control::StopAssertion& stop : robot_.stops().List()) {
    StopAssertion out;
    out.id = std::to_string(stop.id);
    out.level = stop.level;
    if (stop.groups != robot_.all_groups()) out.groups = NamesOf(stop.groups);
    out.reason = stop.reason;
    out.source = stop.source;
    out.since = stop.at;
    stops.push_back(std::move(out));
  }
  return stops;
}

}  // namespace soarm
