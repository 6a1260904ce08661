#pragma once

#include <array>
#include <span>

#include "common/base/problem.h"
#include "common/sync/mailbox.h"
#include "common/sync/snapshot.h"
#include "common/sync/tick_bell.h"
#include "common/time/suspend_watch.h"
#include "server/control/bus_operations.h"
#include "server/control/group_control.h"
#include "server/control/operation_queue.h"
#include "server/control/schedule.h"
#include "server/control/tick_verdict.h"
#include "server/core/actuator_bus.h"
#include "server/core/state.h"

namespace soarm::control {

// What a cycle and the slow side share. All of it is safe to use from any thread, save that one
// thread only drains the verdicts.
struct CyclePorts {
  std::array<Mailbox<GroupCommand>, kMaxGroups> commands;
  OperationQueue operations;
  VerdictRing verdicts;
  Snapshot<BusState> state;
  Snapshot<BusDescription> description;  // changes with BusState::opens
  std::array<Snapshot<MoveState>, kMaxGroups> moves;
  TickBell* bell = nullptr;  // rung by ticks that have verdicts, or are waited for; outlives it all
};

// One bus, tick by tick: gate and limit, exchange, publish, account. It has no thread and no
// schedule of its own, so that tests step it by hand; Cycle adds both.
//
// While the bus is not open it publishes open = false with every group UNKNOWN and tries Open()
// every ControlOptions::reopen_every. After each opening the groups are adopted as found. After a
// suspend of the machine it opens the bus anew: nobody knows what became of the arm meanwhile, and
// what was asked before does not count any more.
//
// Threads    all calls from one thread; the rest of the world goes through CyclePorts.
// Real time  Tick() while the bus is open: no heap, lock, log or exception. A tick that opens or
//            closes the bus may do anything.
class CycleCore {
 public:
  // `first_group`: the bus's groups are first_group, first_group + 1, ... in `authority`; where
  // that has no room for them the process ends, here where nothing was opened yet.
  CycleCore(const RobotModel& model, GroupId first_group, const ControlOptions& options,
            ActuatorBus& bus, Authority& authority, CyclePorts& ports, Clock& clock);

  // One pass for tick number `tick`, due at `due`, with `missed` periods skipped so far.
  void Tick(std::uint64_t tick, MonoTime due, std::uint64_t missed) noexcept;

  bool is_open() const noexcept { return open_; }
  // The last tick opened the bus or tried to, which takes as long as it takes.
  bool tried_open() const noexcept { return tried_open_; }
  // Why the last Open() failed; OK while open. For the thread of the cycle only.
  const absl::Status& open_status() const noexcept { return open_status_; }
  // What is wrong with the bus though it is open. Likewise.
  std::span<const Problem> notes() const noexcept { return bus_.notes(); }

  // The orderly end. BeginEnd() asks for the end state, IsEnded() after each further tick says
  // whether it is reached, Close() leaves torque and goals as they then are.
  void BeginEnd(EndState end) noexcept;
  bool IsEnded() const noexcept;
  bool is_release_confirmed() const noexcept { return operations_.release_confirmed(); }
  // Joints that the end has not reached, or of which that could not be read back.
  JointMask not_reached() const noexcept;
  void Close() noexcept;

 private:
  void TryOpen(MonoTime now) noexcept;
  // Whether nothing would suffer from a tenth of a second without ticks.
  bool MayReopen(MonoTime now) noexcept;
  // Closes the bus until `reopen_at`; `why` is what people are told until it is open again.
  void LoseBus(const Problem& why, MonoTime reopen_at) noexcept;
  // `slept`: the computer was suspended since the last tick.
  void Decide(MonoTime due, MonoTime now, bool slept) noexcept;
  // So that commands need not wait while opening takes its time.
  void TellOpen() noexcept;
  // Commands for a bus that is not open are answered all the same.
  void RefuseCommands(MonoTime now) noexcept;
  // The worst of the groups leased together with this one.
  Ability PeersOf(const GroupControl& group) const noexcept;
  void Account(const BusTick& result) noexcept;
  void Publish() noexcept;
  std::span<GroupControl> groups() noexcept { return {groups_.data(), model_.groups.size()}; }

  // Constant after construction.
  const RobotModel model_;
  const GroupId first_group_;
  const ControlOptions options_;
  const Nanos period_;
  ActuatorBus& bus_;
  Authority& authority_;
  CyclePorts& ports_;
  Clock& clock_;
  SuspendWatch suspend_;

  std::array<GroupControl, kMaxGroups> groups_;
  BusOperations operations_;
  PerJoint<JointSample> samples_;
  PerJoint<JointGoal> goals_;
  BusState state_;
  bool open_ = false;
  bool tried_open_ = false;  // in this tick
  bool ending_ = false;      // the orderly end has begun
  EndState end_ = EndState::kHold;
  absl::Status open_status_;
  MonoTime next_open_{};
  MonoTime opened_at_{};
  MonoTime reopened_at_{};   // by our own choice
  MonoTime exchanged_at_{};  // when the last exchange began
  MonoTime ticked_at_{};     // when the last tick began, for dt
  MonoTime decided_for_{};   // when that tick was due, or after a pause when it began
};

}  // namespace soarm::control
