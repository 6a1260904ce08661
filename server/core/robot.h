#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "common/base/problem.h"
#include "server/core/command.h"
#include "server/core/device.h"
#include "server/core/group.h"
#include "server/core/lease.h"
#include "server/core/robot_model.h"
#include "server/core/state.h"
#include "server/core/stop.h"
#include "server/core/verdict.h"

namespace soarm {

// A bus as the slow side sees it.
struct BusInfo {
  std::string name;
  std::string device;
  absl::Status open_error;     // why it is not open; OK while it is
  std::vector<Problem> notes;  // what is wrong with it all the same, while it is open
};

// A stop that stands, as people see it: with names, and an id that is text. The latch has its own,
// control::StopAssertion; what outlives the daemon is a KeptStop.
struct StopAssertion {
  std::string id;
  StopLevel level = StopLevel::kHold;
  std::vector<std::string> groups;  // empty: all
  std::string reason;
  std::string source;
  MonoTime since{};
};

// A stop as it was taken.
struct StopAnswer {
  std::string id;
  std::vector<std::string> unknown_groups;
  std::string held_id;  // of the HOLD of everything that these brought about; may be `id`
};

// What became of a stop.
struct StopReport {
  // "base/left_wheel": joints that the stop did not reach: away, silent under torque, or not read
  // back at speed 0 or without torque. One that answers may still brake.
  std::vector<std::string> not_reached;
  absl::Status kept;  // OK: the stop outlives a restart of the daemon
};

// What became of a clear.
struct ClearReport {
  std::vector<std::string> cleared;  // the ids
  // Why a restart of the daemon would bring a cleared stop back, or hold everything; OK: it would
  // do neither.
  absl::Status kept;
};

// A planned move of one group, already converted to radians.
struct MoveRequest {
  std::size_t bus = 0;
  std::size_t group = 0;
  LeaseRef lease;
  JointMask joints = 0;  // which entries of `target_rad` are set
  std::array<double, kMaxJoints> target_rad{};
  Nanos at_least{0};
  double speed_scale = 0.5;  // (0, 1]
};

// How far a move is, as a client hears it. Made of the tick's control::MoveState, which also says
// how a move ended; here that is the Completion's status.
struct MoveProgress {
  double fraction = 0;
  Nanos remaining{0};
  double largest_error_rad = 0;  // between plan and joint, not the target that yields to it
  double speed_scale = 1;        // the lease's; 0 holds the move
};

// Runs on the `pub` thread; must not block.
using Completion = std::function<void(const absl::Status&)>;

// The running robot, as the edge sees it: what handlers convert to and from, and the only thing
// they know. Whether something is allowed is decided behind it (control::ControlledRobot, by way of
// RobotRuntime); refusals are statuses that carry a Problem.
//
// Threads  every method from any thread; none waits for the tick or the wire. Completions and
//          listeners run on the `pub` thread, in order.
class Robot {
 public:
  virtual ~Robot() = default;

  virtual const std::vector<GroupInfo>& groups() const = 0;
  virtual std::size_t bus_count() const = 0;
  virtual BusInfo Bus(std::size_t bus) const = 0;
  virtual BusState State(std::size_t bus) const = 0;
  // All that may be away or fail by itself. Every bus, in their order; whoever has others adds
  // them.
  virtual std::vector<DeviceInfo> Devices() const;
  virtual BusDescription Description(std::size_t bus) const = 0;
  virtual std::span<const JointLimits> Limits(std::size_t bus) const = 0;  // bus order
  virtual double rate_hz() const = 0;  // 0: as fast as the wire allows
  virtual bool realtime_priority() const = 0;
  virtual bool memory_locked() const = 0;

  // Called on the `pub` thread after ticks, until removed; several ticks may share one call, and
  // more do where nobody wants every tick. RemoveListener returns once no call is running.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void OnTick() = 0;
    // Constant.
    virtual bool WantsEveryTick() const { return true; }
  };
  virtual void AddListener(Listener* listener) = 0;
  virtual void RemoveListener(Listener* listener) = 0;

  virtual absl::StatusOr<Lease> AcquireLease(const LeaseRequest& request) = 0;
  virtual absl::StatusOr<Nanos> RenewLease(const LeaseRef& lease) = 0;
  // OK also when it has ended already. PERMISSION_DENIED LEASE_UNKNOWN: somebody else's token, or
  // never granted here.
  virtual absl::Status ReleaseLease(const LeaseRef& lease) = 0;
  virtual std::vector<LeaseInfo> ListLeases() const = 0;
  // Those of a client whose pairing is over end at once: what it drove HOLDs.
  virtual void RevokeLeases(std::string_view paired_client) = 0;
  // OK while the lease lets its holder drive anything; LEASE_LOST, LEASE_UNKNOWN or LEASE_MISSING.
  virtual absl::Status CheckLease(const LeaseRef& lease) const = 0;
  // 0..1, where 0 stands still.
  virtual absl::Status SetSpeedScale(const LeaseRef& lease, double scale) = 0;

  // Operations of a group. What is asked of a group, moves and their cancelling included, is done
  // in the order of the calls, but that a ReleaseTorque() ends what was asked before it. Each
  // returns a number for CancelOperation().
  // The torque-on contract; `done` gets OK when torque is on and was read back.
  virtual std::uint64_t EnableTorque(const GroupInfo& group, const LeaseRef& lease,
                                     Completion done) = 0;
  virtual std::uint64_t ReleaseTorque(const GroupInfo& group, const LeaseRef& lease,
                                      Completion done) = 0;
  virtual std::uint64_t ClearFault(const GroupInfo& group, JointMask joints, const LeaseRef& lease,
                                   Completion done) = 0;
  // The caller went away, or wants it to end. Torque that is coming on is taken back, a move is
  // braked; the others go on. `done` gets CANCELLED, unless it has its answer.
  virtual void CancelOperation(std::uint64_t operation) = 0;

  // Starts a move; `progress` is called about 20 times a second, then `done` once: OK when the
  // planned motion is complete. The number is for CancelOperation().
  virtual std::uint64_t StartMove(const MoveRequest& request,
                                  std::function<void(const MoveProgress&)> progress,
                                  Completion done) = 0;

  // A stream of commands. Each command that is posted gets exactly one verdict, alone or in a
  // range, on the `pub` thread; after Close none follows. `ended` comes once: a lease of the stream
  // is lost, or too many of its commands in a row had none. From then on none acts.
  struct CommandListener {
    std::function<void(const VerdictRecord&)> verdict;
    std::function<void(const absl::Status&)> ended;
  };
  // RESOURCE_EXHAUSTED TOO_MANY_STREAMS: refused, or ended because none of its commands had a lease
  // when room was needed for another.
  virtual absl::StatusOr<std::uint64_t> OpenCommands(CommandListener listener) = 0;
  // Leaves a command for the next tick, if its lease lets it drive `group`; else it is refused
  // before any tick.
  virtual void PostCommand(const GroupInfo& group, const LeaseRef& lease,
                           const GroupCommand& command) = 0;
  // The groups that the stream drives come to HOLD.
  virtual void CloseCommands(std::uint64_t stream) = 0;
  // Since the start: more at once than is kept between the tick and `pub`.
  virtual std::uint64_t verdicts_lost() const = 0;

  // In force from the next tick of every bus. `groups` empty: all. Never refused: when a group is
  // not known, everything holds besides.
  virtual StopAnswer Stop(const std::vector<std::string>& groups, StopLevel level,
                          std::string_view reason, std::string_view source) = 0;
  // What became of a stop of `groups` that was just asserted; on `pub`, after a tenth of a second
  // at the latest (three ticks, at low rates).
  virtual void WatchStop(const std::vector<std::string>& groups,
                         std::function<void(const StopReport&)> done) = 0;
  // Empty id: all. The stops stand until what is kept of them is gone, so that a daemon which dies
  // meanwhile does not bring back what somebody has taken for cleared; after a second they end
  // however the disk is, and `done` is told. A stop that is asserted meanwhile is none of them.
  //   kNotFound  UNKNOWN_STOP; `done` is not called
  virtual absl::Status ClearStop(std::string_view id,
                                 std::function<void(const ClearReport&)> done) = 0;
  virtual std::vector<StopAssertion> Stops() const = 0;
  // Why the stops would not outlive a restart of the daemon; OK when they would.
  virtual absl::Status StopsKept() const = 0;
};

}  // namespace soarm
