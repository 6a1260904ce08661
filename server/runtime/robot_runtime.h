#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/control/controlled_robot.h"
#include "server/core/audit.h"
#include "server/core/robot.h"
#include "server/runtime/callback_thread.h"
#include "server/runtime/command_streams.h"
#include "server/runtime/ongoing.h"
#include "server/runtime/port_watch.h"
#include "server/runtime/stop_clearing.h"
#include "server/runtime/stop_keeper.h"
#include "server/runtime/stop_watch.h"

namespace soarm {

// The running robot behind the port that the edge knows: the control module's calls, made without
// waiting, with their answers on the thread `pub`. Decides nothing.
//
// Threads    as Robot; Start() and Stop() on the thread that owns it.
// Ownership  owns the buses; `clock` outlives it.
class RobotRuntime final : public Robot {
 public:
  static constexpr Nanos kDiskPatience = std::chrono::seconds(1);

  struct BusPart {
    std::string device;
    control::BusSetup setup;
    // Who else has the device open, as PORT_IN_USE; for the thread "look". May be empty.
    std::function<std::optional<Problem>()> find_other = {};
  };

  // What stood in `stops` at the end of the last life stands again. Without one, stops end with the
  // process. `audit` hears of leases and stops, but not of how they were asked for.
  RobotRuntime(std::vector<BusPart> buses, const control::ControlOptions& options, Clock& clock,
               StopStore* stops = nullptr, Audit* audit = nullptr);
  ~RobotRuntime() override;

  absl::Status Start();
  // Has the disk written by a thread from here on; before, by whoever clears a stop. For a daemon
  // that can be called before Start().
  void StartKeeping() { keeper_.Start(); }
  // Brings all buses into `end` within `patience`, at the same time, then ends all threads, waiting
  // for the disk at most so long. False when the end state of a bus could not be confirmed.
  bool Stop(control::EndState end, Nanos patience, Nanos disk_patience = kDiskPatience);
  // After Stop(): the disk has not answered, and a thread still waits for it. So does the
  // destructor.
  bool disk_hangs() const { return disk_hangs_; }
  // After Stop(): the joints that were not brought into the end state, "base/left_wheel".
  const std::vector<std::string>& not_reached() const { return not_reached_; }

  // The same without threads, in an order that the caller decides: one tick of a bus, one turn of
  // `pub`. The end is BeginStop(), StepBus() until it says false for each, then Stop().
  void StartStepped();
  bool StepBus(std::size_t bus) { return robot_.StepBus(bus); }
  void StepCallbacks() { callbacks_.Turn(); }
  void BeginStop(control::EndState end, Nanos patience) { robot_.BeginStop(end, patience); }

  const std::vector<GroupInfo>& groups() const override { return groups_; }
  std::size_t bus_count() const override { return robot_.bus_count(); }
  BusInfo Bus(std::size_t bus) const override;
  BusState State(std::size_t bus) const override { return robot_.State(bus); }
  BusDescription Description(std::size_t bus) const override { return robot_.Description(bus); }
  std::span<const JointLimits> Limits(std::size_t bus) const override;
  double rate_hz() const override { return options_.rate_hz; }
  bool realtime_priority() const override;
  bool memory_locked() const override;

  void AddListener(Listener* listener) override { callbacks_.AddListener(listener); }
  void RemoveListener(Listener* listener) override { callbacks_.RemoveListener(listener); }

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
  std::uint64_t verdicts_lost() const override;

  StopAnswer Stop(const std::vector<std::string>& groups, StopLevel level, std::string_view reason,
                  std::string_view source) override;
  void WatchStop(const std::vector<std::string>& groups,
                 std::function<void(const StopReport&)> done) override;
  absl::Status ClearStop(std::string_view id,
                         std::function<void(const ClearReport&)> done) override;
  std::vector<StopAssertion> Stops() const override;
  absl::Status StopsKept() const override { return keeper_.WhyNotKept(); }
  // As WatchStop(), for a thread that must not depend on `pub`: asked again until it has a report.
  std::function<std::optional<StopReport>()> LookAtStop() const;

 private:
  control::GroupId IdOf(std::size_t bus, std::size_t group) const;
  // The groups of `names` that there are; the others are added to `unknown`. Empty: all.
  control::GroupMask KnownGroups(const std::vector<std::string>& names,
                                 std::vector<std::string>& unknown) const;
  std::uint64_t Await(control::GroupId group, const absl::StatusOr<control::OperationId>& begun,
                      Completion done);
  // Empty: `when_empty`.
  absl::StatusOr<control::GroupMask> MaskOfGroups(const std::vector<std::string>& names,
                                                  control::GroupMask when_empty) const;
  std::vector<std::string> NamesOf(control::GroupMask groups) const;

  const control::ControlOptions options_;
  Clock& clock_;
  Audit* const audit_;  // may be null
  std::vector<std::string> devices_;
  mutable control::ControlledRobot robot_;  // its leases() and stops() are not const
  const std::vector<GroupInfo> groups_;
  CallbackThread callbacks_;
  CommandStreams streams_;
  OngoingList ongoing_;
  StopKeeper keeper_;
  StopWatch stop_watch_;
  StopClearing clearing_;
  PortWatch ports_;
  std::vector<std::string> not_reached_;
  bool running_ = false;
  bool disk_hangs_ = false;
};

}  // namespace soarm
