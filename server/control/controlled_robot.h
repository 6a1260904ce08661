#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "server/control/cycle.h"
#include "server/control/lease_table.h"
#include "server/control/request_line.h"
#include "server/control/stop_board.h"
#include "server/core/group.h"

namespace soarm::control {

// One bus to run: its name, what is configured to sit on it, and the driver.
struct BusSetup {
  std::string name;
  RobotModel model;
  std::unique_ptr<ActuatorBus> bus;
};

// Something that was asked of a tick; numbers are never used again, and 0 is none.
using OperationId = std::uint64_t;

// The robot behind its ticks, as the slow side asks it: all buses, groups, leases, stops. It speaks
// of groups by number, as the ticks do, and hands out answers to who looks for them; RobotRuntime
// makes of it the port soarm::Robot (server/core/robot.h), which speaks of names and calls back.
// Each call says what OK promises, and each error is a Problem.
//
// Errors of the calls that take a lease: those of LeaseTable::Check(), and
//   kInvalidArgument    WRONG_GROUP_KIND
//   kResourceExhausted  TOO_MANY_OPERATIONS; never for ReleaseTorque() and CancelMove()
//   else                what the tick or the bus refused: the tables of problems.cc
//
// Threads    any, save that PopVerdict() is for one thread per bus. No call waits for a tick.
// Ownership  owns buses and cycles.
class ControlledRobot {
 public:
  // At most kMaxRobotGroups groups over all buses, or the process ends here. `clock` outlives the
  // robot.
  ControlledRobot(std::vector<BusSetup> buses, const ControlOptions& options, Clock& clock);
  ~ControlledRobot();

  // Starts one cycle per bus; buses that are not there are opened when they come.
  absl::Status Start();
  // The orderly end of all buses at the same time: `end`, confirmed where it is kLimp, within
  // `patience`, which begins for a bus that is just being opened when it is.
  std::vector<Cycle::EndReport> Stop(EndState end, Nanos patience);

  // The same without threads; see Cycle.
  void StartStepped();
  bool StepBus(std::size_t bus) { return cycles_[bus]->Step(); }
  void BeginStop(EndState end, Nanos patience);

  // Shape
  std::size_t bus_count() const { return buses_.size(); }
  const std::string& bus_name(std::size_t bus) const { return cycles_[bus]->name(); }
  const RobotModel& model(std::size_t bus) const { return buses_[bus].model; }
  const std::vector<GroupInfo>& groups() const { return groups_; }
  // By name; an empty name stands for the only group that can be driven. UNKNOWN_GROUP lists the
  // names there are: kNotFound for another name, kInvalidArgument where an empty one is not enough.
  absl::StatusOr<GroupId> FindGroup(std::string_view name) const;
  GroupMask all_groups() const { return (GroupMask{1} << groups_.size()) - 1; }
  // The groups that may be driven: `robot` never includes a leader.
  GroupMask writable_groups() const;
  // Index in the bus's list. kInvalidArgument UNKNOWN_JOINT.
  absl::StatusOr<JointIndex> FindJoint(GroupId group, std::string_view name) const;

  // State
  BusState State(std::size_t bus) const { return cycles_[bus]->ports().state.Load(); }
  BusDescription Description(std::size_t bus) const {
    return cycles_[bus]->ports().description.Load();
  }
  GroupState StateOf(GroupId group) const;
  // Of every bus; rings for who waits for the next tick, and when there are verdicts.
  TickBell& ticked() { return ticked_; }
  absl::Status OpenStatus(std::size_t bus) const { return cycles_[bus]->open_status(); }
  std::vector<Problem> Notes(std::size_t bus) const { return cycles_[bus]->notes(); }
  RealtimeReport Realtime(std::size_t bus) const { return cycles_[bus]->realtime(); }

  // Authority
  std::uint64_t epoch() const { return authority_.epoch; }
  LeaseTable& leases() { return leases_; }
  StopBoard& stops() { return stops_; }

  // Streamed commands. A stream is one client's call; its number is never used again. 0: too many
  // are open.
  std::uint64_t OpenStream();
  // The groups that follow `stream` HOLD at their next tick; none of its commands acts any more.
  void EndStream(std::uint64_t stream);
  // Leaves a command whose lease passed leases().Judge() for the next tick, which judges it again;
  // what becomes of it comes as a verdict. Returns the command that it displaced before any tick
  // saw it; itself, where its lease has ended meanwhile and its successor's command waits.
  std::optional<GroupCommand> Post(GroupId group, const GroupCommand& command);
  // The next verdict of any stream on `bus`.
  std::optional<TickVerdict> PopVerdict(std::size_t bus) {
    return cycles_[bus]->ports().verdicts.Pop();
  }
  std::uint64_t verdicts_lost(std::size_t bus) const {
    return cycles_[bus]->ports().verdicts.lost();
  }

  // Operations: asked here, done by ticks, in the order in which they were asked of a group, but
  // that a ReleaseTorque() ends those before it. None of these calls waits. What is begun is
  // answered by TakeAnswer() or given up; while the bus is not open nothing is.
  absl::StatusOr<OperationId> EnableTorque(GroupId group, const LeaseRef& lease);
  absl::StatusOr<OperationId> ReleaseTorque(GroupId group, const LeaseRef& lease);
  // Of one joint, or without one of the whole group.
  absl::StatusOr<OperationId> ClearFault(GroupId group, std::optional<JointIndex> joint,
                                         const LeaseRef& lease);
  struct BegunMove {
    OperationId operation = 0;
    std::uint64_t move = 0;  // for Move() and CancelMove(), from now on
  };
  // Answered OK: the move has begun.
  absl::StatusOr<BegunMove> StartMove(GroupId group, const LeaseRef& lease, const MoveGoal& goal);
  absl::StatusOr<OperationId> CancelMove(GroupId group, const LeaseRef& lease, std::uint64_t move);
  // What came of it, once; nothing while it goes on. OK: done and read back.
  std::optional<absl::Status> TakeAnswer(OperationId operation);
  // Nobody waits for it any more. Torque is not switched on for nobody, nor does a move begin or go
  // on; what else was asked is done all the same.
  void GiveUp(OperationId operation);
  // The answer for who waited too long. kDeadlineExceeded NO_REPLY.
  absl::Status NoReply(GroupId group) const;
  // Hands on what waited for its turn; to be called after ticks. True: there is more that waits.
  bool AdvanceOperations();
  // The group's newest move as of the last tick; ticked() tells when to look again. Ids rise. While
  // it shows a smaller id than StartMove() gave, the tick that began the move has not been
  // published; a greater one: the move was interrupted.
  MoveState Move(GroupId group) const;
  // How a move that is over ended: OK for kDone, else STOPPED, LEASE_LOST with what became of the
  // `lease` that it was asked with, FAULT, BLOCKED, INTERRUPTED or CANCELLED.
  absl::Status MoveStatus(GroupId group, const LeaseRef& lease, const MoveState& move) const;

  // Of every group that the lease lets its holder drive, 0..1, where 0 stands still; stays until it
  // is set again or the lease ends.
  //   kInvalidArgument  BAD_SPEED_SCALE
  absl::Status SetSpeedScale(const LeaseRef& lease, double scale);
  // The most restrictive stop that is asserted for the group.
  StopLevel StopOf(GroupId group) const { return authority_.groups[group].stop.load(); }
  // Whether the bus of the group is open, as of its last tick.
  bool IsOpen(GroupId group) const { return authority_.groups[group].open.load(); }
  double SpeedScale(GroupId group) const { return authority_.groups[group].speed_scale.load(); }

  // "arm/elbow_flex"
  std::string SubjectOf(GroupId group, JointIndex joint) const;

 private:
  // Of one of its joints, as of the last tick.
  FaultSet FaultsOf(GroupId group, JointIndex joint) const;

  // What was asked and not answered.
  struct Asked {
    GroupId group = 0;
    LeaseRef lease;
    RequestKind kind = RequestKind::kEnable;
    std::uint64_t move = 0;
  };
  struct Line {
    RequestLine requests;
    std::uint64_t last_move = 0;
  };

  // Fills in `request`'s group, fence and, for a move to start, its id.
  absl::StatusOr<OperationId> Ask(GroupId group, const LeaseRef& lease, Request& request);
  absl::Status StatusOf(const Asked& asked, const Reply& reply) const;
  absl::Status NotOpen(GroupId group) const;
  absl::Status CheckWritable(GroupId group) const;

  // Constant after construction.
  std::vector<BusSetup> buses_;
  ControlOptions options_;
  Clock& clock_;
  std::vector<GroupInfo> groups_;

  Authority authority_;
  TickBell ticked_;
  LeaseTable leases_;
  StopBoard stops_;
  std::vector<std::unique_ptr<Cycle>> cycles_;

  std::mutex opening_;  // a leaf; guards what follows
  std::size_t next_place_ = 0;
  std::uint64_t streams_opened_ = 0;

  std::mutex asking_;  // a leaf; guards what follows and gives all requests of a bus one order
  std::vector<Line> lines_;  // one a bus; the list itself is constant
  std::map<OperationId, Asked> asked_;
  OperationId last_operation_ = 0;
};

}  // namespace soarm::control
