#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/core/robot.h"

namespace soarm {

// A robot that a test plays: it answers with what the test put in, and keeps what it was asked.
// Each RobotModel becomes one bus, "open", calibrated, limp and at its zero.
//
// Threads    any, as the port demands. Tick() and the Complete...() calls stand for `pub`: one
//            thread at a time.
// Ownership  listeners as in Robot.
class FakeRobot final : public Robot {
 public:
  // "so101", "lekiwi", ... ; with several models the groups are named as in the models, so they
  // must differ.
  explicit FakeRobot(const Clock& clock, const std::vector<std::string>& models = {"so101"});

  // Publishes: advances every bus by one tick with fresh samples, then calls the listeners.
  void Tick();
  // Changes what is published, without a tick.
  void Edit(std::size_t bus, const std::function<void(BusState&)>& change);
  void EditDescription(std::size_t bus, const std::function<void(BusDescription&)>& change);
  void SetOpenError(std::size_t bus, const absl::Status& error);  // also closes or opens it
  void SetNotes(std::size_t bus, const std::vector<Problem>& notes);
  void SetOthers(std::vector<DeviceInfo> devices);          // that are no buses
  void set_rate_hz(double rate_hz) { rate_hz_ = rate_hz; }  // before the server starts
  std::size_t listener_count() const;
  // Returns once that many listeners are there; false after 10 s.
  bool WaitForListeners(std::size_t count) const;

  // What was asked, newest last. Each Wait returns false after 10 s.
  struct Call {
    std::string method;  // "EnableTorque", ...
    std::string detail;  // the arguments in short, e.g. "arm token"
  };
  std::vector<Call> calls() const;
  bool WaitForCall(std::string_view method, std::size_t count = 1) const;

  // The next and all later calls of `method` fail so; OK ends it.
  void Fail(const std::string& method, const absl::Status& status);

  // Operations wait for these when they are held; else they complete at once, on the caller.
  void HoldCompletions(bool hold);
  void CompleteAll(const absl::Status& status);
  void Progress(const MoveProgress& progress);  // of every running move
  std::vector<MoveRequest> moves() const;

  struct Posted {
    std::string group;
    LeaseRef lease;
    GroupCommand command;
  };
  std::vector<Posted> posted() const;
  bool WaitForPosted(std::size_t count) const;
  std::size_t open_command_streams() const;
  bool WaitForCommandStreams(std::size_t count) const;
  void SendVerdict(const VerdictRecord& verdict);
  void EndCommands(const absl::Status& reason);  // every stream's lease is lost
  LeaseRequest last_lease_request() const;
  // What becomes of stops from now on.
  void ReportStops(const StopReport& report);

  const std::vector<GroupInfo>& groups() const override { return groups_; }
  std::size_t bus_count() const override { return buses_.size(); }
  BusInfo Bus(std::size_t bus) const override;
  BusState State(std::size_t bus) const override;
  std::vector<DeviceInfo> Devices() const override;
  BusDescription Description(std::size_t bus) const override;
  std::span<const JointLimits> Limits(std::size_t bus) const override;
  double rate_hz() const override { return rate_hz_; }
  bool realtime_priority() const override { return true; }
  bool memory_locked() const override { return false; }
  void AddListener(Listener* listener) override;
  void RemoveListener(Listener* listener) override;
  absl::StatusOr<Lease> AcquireLease(const LeaseRequest& request) override;
  absl::StatusOr<Nanos> RenewLease(const LeaseRef& lease) override;
  absl::Status ReleaseLease(const LeaseRef& lease) override;
  std::vector<LeaseInfo> ListLeases() const override;
  void RevokeLeases(std::string_view paired_client) override;
  absl::Status CheckLease(const LeaseRef& lease) const override;
  absl::Status SetSpeedScale(const LeaseRef& lease, double scale) override;
  std::uint64_t EnableTorque(const GroupInfo& group, const LeaseRef& lease,
                             Completion done) override;
  std::uint64_t ReleaseTorque(const GroupInfo& group, const LeaseRef& lease,
                              Completion done) override;
  std::uint64_t ClearFault(const GroupInfo& group, JointMask joints, const LeaseRef& lease,
                           Completion done) override;
  void CancelOperation(std::uint64_t operation) override;
  std::uint64_t StartMove(const MoveRequest& request,
                          std::function<void(const MoveProgress&)> progress,
                          Completion done) override;
  absl::StatusOr<std::uint64_t> OpenCommands(CommandListener listener) override;
  void PostCommand(const GroupInfo& group, const LeaseRef& lease,
                   const GroupCommand& command) override;
  void CloseCommands(std::uint64_t stream) override;
  std::uint64_t verdicts_lost() const override { return 3; }
  StopAnswer Stop(const std::vector<std::string>& groups, StopLevel level, std::string_view reason,
                  std::string_view source) override;
  void WatchStop(const std::vector<std::string>& groups,
                 std::function<void(const StopReport&)> done) override;
  absl::Status ClearStop(std::string_view id,
                         std::function<void(const ClearReport&)> done) override;
  std::vector<StopAssertion> Stops() const override;
  absl::Status StopsKept() const override;

 private:
  struct FakeBus {
    BusInfo info;
    BusState state;
    BusDescription description;
    std::vector<JointLimits> limits;
  };
  struct Pending {
    std::uint64_t number = 0;  // for CancelOperation()
    std::function<void(const MoveProgress&)> progress;
    Completion done;
  };

  absl::Status Note(const std::string& method, const std::string& detail) const;
  // Returns the pending call's number, a new one when it has none.
  std::uint64_t Await(const std::string& method, const std::string& detail, Pending pending);
  std::optional<Pending> TakePending(std::uint64_t number);
  StopAnswer AddStop(const std::vector<std::string>& groups, StopLevel level,
                     std::string_view reason, std::string_view source);  // wants mutex_ held
  template <typename Condition>
  bool WaitFor(Condition condition) const;

  const Clock& clock_;
  std::vector<GroupInfo> groups_;
  double rate_hz_ = 200;

  std::mutex publishing_;             // held while listeners run, so that removal waits for them
  std::vector<Listener*> listeners_;  // guarded by publishing_ and mutex_ to change, one to read

  mutable std::mutex mutex_;  // guards what follows
  mutable std::condition_variable changed_;
  std::vector<FakeBus> buses_;  // the list itself is constant
  std::vector<DeviceInfo> others_;
  mutable std::vector<Call> calls_;
  std::map<std::string, absl::Status> failures_;
  bool hold_completions_ = false;
  std::vector<Pending> pending_;
  std::vector<MoveRequest> moves_;
  std::vector<Posted> posted_;
  std::map<std::uint64_t, CommandListener> command_streams_;
  LeaseRequest lease_request_;
  std::vector<LeaseInfo> leases_;
  std::vector<StopAssertion> stops_;
  StopReport stop_report_;
  std::uint64_t next_number_ = 1;
};

}  // namespace soarm
