#include "tests/fakes/fake_robot.h"

#include <algorithm>
#include <chrono>

// Why so long: one fake method for each method of the port, and nothing else.

namespace soarm {
namespace {

constexpr std::chrono::seconds kPatience(10);

}  // namespace

FakeRobot::FakeRobot(const Clock& clock, const std::vector<std::string>& models) : clock_(clock) {
  for (const std::string& name : models) {
    const RobotModel model = FindRobotModel(name).value();
    FakeBus bus;
    bus.info.name = model.groups[0].name.view();
    bus.info.device = "/dev/fake-" + bus.info.name;
    for (std::size_t i = 0; i < model.joints.size(); ++i) {
      JointModel joint = model.joints[i];
      joint.calibrated = true;
      joint.model_number = 777;
      joint.firmware_major = 3;
      joint.firmware_minor = 10;
      joint.lower_raw = joint.full_turn ? 0 : 1024;
      joint.upper_raw = joint.full_turn ? 4095 : 3072;
      if (joint.is_gripper) joint.zero_ticks = joint.lower_raw;
      bus.description.joints.push_back(joint);
      bus.limits.push_back(model.limits[i]);
    }
    bus.state.open = true;
    bus.state.opens = 1;
    bus.state.joints.resize(model.joints.size());
    for (std::size_t i = 0; i < model.groups.size(); ++i) {
      const GroupModel& group = model.groups[i];
      groups_.push_back({std::string(group.name.view()), bus.info.name, buses_.size(), i,
                         group.kind, group.role, group.joints});
      bus.state.groups.push_back({.mode = Mode::kLimp});
    }
    buses_.push_back(bus);
  }
  Tick();
}

void FakeRobot::Tick() {
  const std::lock_guard publishing(publishing_);
  {
    const std::lock_guard lock(mutex_);
    const MonoTime now = clock_.Now();
    for (FakeBus& bus : buses_) {
      ++bus.state.tick;
      ++bus.state.ticks_run;
      bus.state.tick_at = now;
      for (std::size_t i = 0; i < bus.state.joints.size(); ++i) {
        JointSample& sample = bus.state.joints[i].sample;
        if (sample.misses > 0) continue;
        const JointModel& joint = bus.description.joints[i];
        sample.sampled_at = now;
        sample.position_raw =
            static_cast<std::int32_t>(joint.RawFromRad(sample.position_rad) + 0.5);
        sample.voltage_v = 12.1;
        sample.temperature_c = 31;
      }
    }
  }
  for (Listener* listener : listeners_) listener->OnTick();
}

void FakeRobot::Edit(std::size_t bus, const std::function<void(BusState&)>& change) {
  const std::lock_guard lock(mutex_);
  change(buses_[bus].state);
}

void FakeRobot::EditDescription(std::size_t bus,
                                const std::function<void(BusDescription&)>& change) {
  const std::lock_guard lock(mutex_);
  change(buses_[bus].description);
}

void FakeRobot::SetOpenError(std::size_t bus, const absl::Status& error) {
  const std::lock_guard lock(mutex_);
  buses_[bus].info.open_error = error;
  buses_[bus].state.open = error.ok();
}

void FakeRobot::SetNotes(std::size_t bus, const std::vector<Problem>& notes) {
  const std::lock_guard lock(mutex_);
  buses_[bus].info.notes = notes;
}

template <typename Condition>
bool FakeRobot::WaitFor(Condition condition) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, condition);
}

std::size_t FakeRobot::listener_count() const {
  const std::lock_guard lock(mutex_);
  return listeners_.size();
}

bool FakeRobot::WaitForListeners(std::size_t count) const {
  return WaitFor([&] { return listeners_.size() == count; });
}

std::vector<FakeRobot::Call> FakeRobot::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

bool FakeRobot::WaitForCall(std::string_view method, std::size_t count) const {
  return WaitFor([&] {
    return static_cast<std::size_t>(
               std::count_if(calls_.begin(), calls_.end(),
                             [&](const Call& call) { return call.method == method; })) >= count;
  });
}

void FakeRobot::Fail(const std::string& method, const absl::Status& status) {
  const std::lock_guard lock(mutex_);
  failures_[method] = status;
}

void FakeRobot::HoldCompletions(bool hold) {
  const std::lock_guard lock(mutex_);
  hold_completions_ = hold;
}

void FakeRobot::CompleteAll(const absl::Status& status) {
  std::vector<Pending> pending;
  {
    const std::lock_guard lock(mutex_);
    pending.swap(pending_);
  }
  for (const Pending& call : pending) call.done(status);
}

void FakeRobot::Progress(const MoveProgress& progress) {
  std::vector<Pending> pending;
  {
    const std::lock_guard lock(mutex_);
    pending = pending_;
  }
  for (const Pending& call : pending) {
    if (call.progress) call.progress(progress);
  }
}

std::vector<MoveRequest> FakeRobot::moves() const {
  const std::lock_guard lock(mutex_);
  return moves_;
}

std::vector<FakeRobot::Posted> FakeRobot::posted() const {
  const std::lock_guard lock(mutex_);
  return posted_;
}

bool FakeRobot::WaitForPosted(std::size_t count) const {
  return WaitFor([&] { return posted_.size() >= count; });
}

std::size_t FakeRobot::open_command_streams() const {
  const std::lock_guard lock(mutex_);
  return command_streams_.size();
}

bool FakeRobot::WaitForCommandStreams(std::size_t count) const {
  return WaitFor([&] { return command_streams_.size() == count; });
}

void FakeRobot::SendVerdict(const VerdictRecord& verdict) {
  std::function<void(const VerdictRecord&)> deliver;
  {
    const std::lock_guard lock(mutex_);
    const auto found = command_streams_.find(verdict.stream);
    if (found != command_streams_.end()) deliver = found->second.verdict;
  }
  if (deliver) deliver(verdict);
}

void FakeRobot::EndCommands(const absl::Status& reason) {
  std::map<std::uint64_t, CommandListener> streams;
  {
    const std::lock_guard lock(mutex_);
    streams = command_streams_;
  }
  for (const auto& [stream, listener] : streams) listener.ended(reason);
}

LeaseRequest FakeRobot::last_lease_request() const {
  const std::lock_guard lock(mutex_);
  return lease_request_;
}

BusInfo FakeRobot::Bus(std::size_t bus) const {
  const std::lock_guard lock(mutex_);
  return buses_[bus].info;
}

void FakeRobot::SetOthers(std::vector<DeviceInfo> devices) {
  const std::lock_guard lock(mutex_);
  others_ = std::move(devices);
}

std::vector<DeviceInfo> FakeRobot::Devices() const {
  std::vector<DeviceInfo> devices = Robot::Devices();
  const std::lock_guard lock(mutex_);
  devices.insert(devices.end(), others_.begin(), others_.end());
  return devices;
}

BusState FakeRobot::State(std::size_t bus) const {
  const std::lock_guard lock(mutex_);
  return buses_[bus].state;
}

BusDescription FakeRobot::Description(std::size_t bus) const {
  const std::lock_guard lock(mutex_);
  return buses_[bus].description;
}

std::span<const JointLimits> FakeRobot::Limits(std::size_t bus) const { return buses_[bus].limits; }

void FakeRobot::AddListener(Listener* listener) {
  const std::lock_guard publishing(publishing_);
  const std::lock_guard lock(mutex_);
  listeners_.push_back(listener);
  changed_.notify_all();
}

void FakeRobot::RemoveListener(Listener* listener) {
  const std::lock_guard publishing(publishing_);
  const std::lock_guard lock(mutex_);
  std::erase(listeners_, listener);
  changed_.notify_all();
}

absl::Status FakeRobot::Note(const std::string& method, const std::string& detail) const {
  const std::lock_guard lock(mutex_);
  calls_.push_back({method, detail});
  changed_.notify_all();
  const auto failure = failures_.find(method);
  return failure == failures_.end() ? absl::OkStatus() : failure->second;
}

absl::StatusOr<Lease> FakeRobot::AcquireLease(const LeaseRequest& request) {
  const absl::Status refusal = Note("AcquireLease", request.client_name);
  const std::lock_guard lock(mutex_);
  lease_request_ = request;
  if (!refusal.ok()) return refusal;
  Lease lease;
  lease.ref = {77, next_number_++, "token"};
  lease.granted_ttl = request.ttl.count() == 0 ? std::chrono::seconds(2) : request.ttl;
  lease.groups = request.groups;
  LeaseInfo info;
  info.groups = request.groups;
  info.lease_class = request.lease_class;
  info.client_name = request.client_name;
  info.purpose = request.purpose;
  info.age = std::chrono::milliseconds(1500);
  info.expires_in = lease.granted_ttl;
  info.fence = lease.ref.fence;
  leases_.push_back(info);
  return lease;
}

absl::StatusOr<Nanos> FakeRobot::RenewLease(const LeaseRef& lease) {
  const absl::Status refusal = Note("RenewLease", lease.token);
  if (!refusal.ok()) return refusal;
  return std::chrono::seconds(2);
}

absl::Status FakeRobot::ReleaseLease(const LeaseRef& lease) {
  return Note("ReleaseLease", lease.token);
}

std::vector<LeaseInfo> FakeRobot::ListLeases() const {
  const std::lock_guard lock(mutex_);
  return leases_;
}

void FakeRobot::RevokeLeases(std::string_view paired_client) {
  static_cast<void>(Note("RevokeLeases", std::string(paired_client)));
}

absl::Status FakeRobot::CheckLease(const LeaseRef& lease) const {
  return Note("CheckLease", lease.token);
}

absl::Status FakeRobot::SetSpeedScale(const LeaseRef& lease, double scale) {
  return Note("SetSpeedScale", lease.token + " " + std::to_string(scale));
}

// One step for those who wait for the call: what is noted can be completed.
std::uint64_t FakeRobot::Await(const std::string& method, const std::string& detail,
                               Pending pending) {
  absl::Status refusal;
  {
    const std::lock_guard lock(mutex_);
    if (pending.number == 0) pending.number = next_number_++;
    calls_.push_back({method, detail});
    changed_.notify_all();
    const auto failure = failures_.find(method);
    if (failure != failures_.end()) refusal = failure->second;
    if (refusal.ok() && hold_completions_) {
      pending_.push_back(std::move(pending));
      return pending_.back().number;
    }
  }
  pending.done(refusal);
  return pending.number;
}

std::optional<FakeRobot::Pending> FakeRobot::TakePending(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(pending_.begin(), pending_.end(),
                                  [&](const Pending& call) { return call.number == number; });
  if (found == pending_.end()) return std::nullopt;
  Pending taken = std::move(*found);
  pending_.erase(found);
  return taken;
}

void FakeRobot::CancelOperation(std::uint64_t operation) {
  Note("CancelOperation", std::to_string(operation)).IgnoreError();
  if (const auto cancelled = TakePending(operation)) {
    cancelled->done(absl::CancelledError("cancelled"));
  }
}

std::uint64_t FakeRobot::EnableTorque(const GroupInfo& group, const LeaseRef& lease,
                                      Completion done) {
  return Await("EnableTorque", group.name + " " + lease.token, {0, nullptr, std::move(done)});
}

std::uint64_t FakeRobot::ReleaseTorque(const GroupInfo& group, const LeaseRef& lease,
                                       Completion done) {
  return Await("ReleaseTorque", group.name + " " + lease.token, {0, nullptr, std::move(done)});
}

std::uint64_t FakeRobot::ClearFault(const GroupInfo& group, JointMask joints, const LeaseRef& lease,
                                    Completion done) {
  return Await("ClearFault", group.name + " " + std::to_string(joints) + " " + lease.token,
               {0, nullptr, std::move(done)});
}

std::uint64_t FakeRobot::StartMove(const MoveRequest& request,
                                   std::function<void(const MoveProgress&)> progress,
                                   Completion done) {
  std::uint64_t move = 0;
  {
    const std::lock_guard lock(mutex_);
    moves_.push_back(request);
    move = next_number_++;
  }
  Await("StartMove", request.lease.token, {move, std::move(progress), std::move(done)});
  return move;
}

absl::StatusOr<std::uint64_t> FakeRobot::OpenCommands(CommandListener listener) {
  if (const absl::Status refusal = Note("OpenCommands", ""); !refusal.ok()) return refusal;
  const std::lock_guard lock(mutex_);
  const std::uint64_t stream = next_number_++;
  command_streams_[stream] = std::move(listener);
  changed_.notify_all();
  return stream;
}

void FakeRobot::PostCommand(const GroupInfo& group, const LeaseRef& lease,
                            const GroupCommand& command) {
  if (lease.token != "token") {
    VerdictRecord refused;
    refused.stream = command.stream;
    refused.first_sequence = refused.last_sequence = command.sequence;
    refused.kind = VerdictKind::kFenced;
    refused.lease = LeaseStanding::kWrongToken;
    return SendVerdict(refused);
  }
  Note("PostCommand", group.name).IgnoreError();
  const std::lock_guard lock(mutex_);
  posted_.push_back({group.name, lease, command});
  changed_.notify_all();
}

void FakeRobot::CloseCommands(std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  command_streams_.erase(stream);
  changed_.notify_all();
}

StopAnswer FakeRobot::Stop(const std::vector<std::string>& groups, StopLevel level,
                           std::string_view reason, std::string_view source) {
  StopAnswer answer;
  {
    const std::lock_guard lock(mutex_);
    answer = AddStop(groups, level, reason, source);
  }
  Note("Stop", std::string(StopLevelName(level))).IgnoreError();  // who waits for it finds the stop
  return answer;
}

StopAnswer FakeRobot::AddStop(const std::vector<std::string>& groups, StopLevel level,
                              std::string_view reason, std::string_view source) {
  StopAssertion stop;
  stop.id = "stop-" + std::to_string(next_number_++);
  stop.level = level;
  stop.reason = reason;
  stop.source = source;
  stop.since = clock_.Now();
  StopAnswer answer{.id = stop.id, .unknown_groups = {}, .held_id = {}};
  for (const std::string& name : groups) {
    const bool known = std::ranges::find(groups_, name, &GroupInfo::name) != groups_.end();
    (known ? stop.groups : answer.unknown_groups).push_back(name);
  }
  if (!answer.unknown_groups.empty()) answer.held_id = stop.id + "-hold";
  stops_.push_back(stop);
  return answer;
}

void FakeRobot::WatchStop(const std::vector<std::string>&,
                          std::function<void(const StopReport&)> done) {
  StopReport report;
  {
    const std::lock_guard lock(mutex_);
    report = stop_report_;
  }
  done(report);
}

void FakeRobot::ReportStops(const StopReport& report) {
  const std::lock_guard lock(mutex_);
  stop_report_ = report;
}

absl::Status FakeRobot::StopsKept() const {
  const std::lock_guard lock(mutex_);
  return stop_report_.kept;
}

absl::Status FakeRobot::ClearStop(std::string_view id,
                                  std::function<void(const ClearReport&)> done) {
  const absl::Status refusal = Note("ClearStop", std::string(id));
  if (!refusal.ok()) return refusal;
  ClearReport report;
  {
    const std::lock_guard lock(mutex_);
    report.kept = stop_report_.kept;
    for (const StopAssertion& stop : stops_) {
      if (id.empty() || stop.id == id) report.cleared.push_back(stop.id);
    }
    std::erase_if(stops_, [&](const StopAssertion& stop) { return id.empty() || stop.id == id; });
  }
  done(report);
  return absl::OkStatus();
}

std::vector<StopAssertion> FakeRobot::Stops() const {
  const std::lock_guard lock(mutex_);
  return stops_;
}

}  // namespace soarm
