#pragma once

#include <array>
#include <optional>
#include <span>

#include "server/control/authority.h"
#include "server/control/move.h"
#include "server/control/options.h"
#include "server/control/trajectory.h"
#include "server/control/verdict_record.h"
#include "server/core/command.h"
#include "server/core/robot_model.h"
#include "server/core/state.h"
#include "server/safety/hold.h"

namespace soarm::control {

// A command as it lies in a group's mailbox.
struct PostedCommand {
  GroupCommand command;
  std::uint64_t previous = 0;  // sequence of the one posted before on the same stream; 0: none
};

// What one group sees of the world in one tick.
struct GroupInput {
  MonoTime now{};
  MonoTime sampled_by{};  // when the exchange behind `samples` began
  double dt_s = 0;
  std::uint64_t tick = 0;
  std::span<const JointSample> samples;  // of the last exchange, whole bus
  std::uint64_t epoch = 0;
  bool peers_unable = false;               // a group leased together with this one cannot follow
  JointMask enabling = 0;                  // joints whose torque an operation is just switching
  const PostedCommand* command = nullptr;  // new in this tick, or none
};

// Why a move was not started.
enum class MoveRefusal : std::uint8_t { kNone, kNotTorqued, kStopped, kFault, kOutsideRange };
struct MoveAnswer {
  MoveRefusal refusal = MoveRefusal::kNone;
  JointIndex joint = 0;
  double limit_rad = 0;  // for kOutsideRange: the end that was crossed
};

// The mode machine of one group: what its joints get in every tick.
//
//   mode       entered by                                   left by
//   kUnknown   start, bus lost                              every joint read once (or 250 ms)
//   kLimp      found limp, ReleaseTorque, stop RELEASE      EnableTorque
//   kHold      found torqued, EnableTorque, expiry, lease   fresh command -> kFollow, StartMove ->
//              lost or released, stop HOLD, fault, move     kMove, ladder or stop -> kSoftHold
//              ended
//   kSoftHold  5 s after a loss, 10 min unattended, stop    fresh command or StartMove
//              SOFT_HOLD
//   kFollow    a command that passes the gate               gate, silence, end of its stream
//   kMove      StartMove                                    arrival, cancel, a command, gate, block
//
// A stop RELEASE wins in every mode but kUnknown. Nothing here resumes by itself after a stop or a
// reopened bus: streams opened before that are held by the gate.
//
// Threads    the cycle's.
// Real time  all but Configure().
class GroupControl {
 public:
  // After every opening of the bus. Forgets everything; the group is kUnknown until adopted.
  void Configure(const GroupModel& group, GroupId id, std::span<const JointModel> joints,
                 std::span<const JointLimits> limits, const ControlOptions& options,
                 GroupAuthority& authority, MonoTime now);
  // The bus went away: no mode, no motion, streams opened so far are refused.
  void Lose(std::uint64_t newest_stream) noexcept;

  // Decides this tick and fills the goals of the group's joints.
  void Step(const GroupInput& input, std::span<JointGoal> goals, VerdictRing& verdicts) noexcept;

  // Torque came on for `joints` by our own operation: hold them where they are.
  void OnEnabled(JointMask joints, std::span<const JointSample> samples, MonoTime now) noexcept;
  // Of the group's joints, those not under torque.
  JointMask limp_joints() const noexcept;
  // Torque is about to go off: no goals from here on.
  void GoLimp(HoldCause cause) noexcept;
  MoveAnswer StartMove(const MoveGoal& goal, std::uint64_t id, std::uint64_t fence) noexcept;
  // False when move `id` is not running.
  bool CancelMove(std::uint64_t id, MonoTime now) noexcept;

  Mode mode() const noexcept { return state_.mode; }
  JointMask joints() const noexcept { return group_.joints; }
  GroupId id() const noexcept { return id_; }
  const GroupModel& model() const noexcept { return group_; }
  const GroupState& state() const noexcept { return state_; }
  const MoveProgress& move() const noexcept { return move_; }
  GroupAuthority& authority() const noexcept { return *authority_; }
  double requested(std::size_t joint) const noexcept { return joints_[joint].requested; }
  double applied(std::size_t joint) const noexcept;
  // True while a stop RELEASE asks for torque off; read anew, so that it acts in the same tick.
  bool wants_release() const noexcept {
    return state_.mode != Mode::kUnknown &&
           authority_->stop.load(std::memory_order_acquire) == StopLevel::kRelease;
  }
  // The orderly end: nothing drives the group any more.
  void Rest(MonoTime now) noexcept;
  // Every target stands still and was written, repeats included.
  bool IsAtRest() const noexcept;
  // Of each joint's normal torque limit; the cycle writes it when it changes.
  double wanted_torque_fraction() const noexcept;

 private:
  struct Joint {
    JointKind kind = JointKind::kPosition;
    JointModel model;
    double static_lead_rad = 0;
    TargetState applied;
    double requested = 0;
    ClipSet clip;
    bool energised = false;  // under torque with a target of ours or its own
    StallWatch stall;
    bool stalled = false;
    std::int32_t written_raw = 0;
    std::uint8_t writes_left = 0;  // repeats of an unchanged goal: sync writes have no answer
  };
  struct FoundFault {
    bool any = false;
    JointIndex joint = 0;
  };

  // Modes (group_control.cc)
  void ObeyStop(MonoTime now) noexcept;
  void WatchLease(MonoTime now) noexcept;
  void TakeCommand(const GroupInput& input, VerdictRing& verdicts) noexcept;
  void KeepFollowing(const GroupInput& input) noexcept;
  void KeepMoving(const GroupInput& input) noexcept;
  void NoteFault(MonoTime now) noexcept;
  void ClimbLadder(MonoTime now) noexcept;
  void EnterHold(HoldCause cause, MonoTime now, JointIndex joint = 0) noexcept;
  void EndMove(MovePhase phase, JointIndex joint = 0) noexcept;
  GateFacts Facts(MonoTime now) const noexcept;
  CommandFacts FactsOf(const GroupCommand& command) const noexcept;

  // Joints (group_joints.cc)
  bool Adopt(const GroupInput& input) noexcept;
  void AdoptJoint(std::size_t i, const JointSample& sample) noexcept;
  void TrackTorque(const GroupInput& input) noexcept;
  void FindFault(const GroupInput& input) noexcept;
  void AdvancePlan(double dt_s) noexcept;
  void MoveTargets(const GroupInput& input) noexcept;
  void MovePosition(std::size_t i, const JointSample& sample, const GroupInput& input) noexcept;
  void MoveVelocity(std::size_t i, const GroupInput& input) noexcept;
  // Whether the servo has another goal than the one it was given last.
  static bool IsMissing(const Joint& joint, const JointSample& sample) noexcept;
  void FillGoals(const GroupInput& input, std::span<JointGoal> goals) noexcept;
  void ReportPending(VerdictRing& verdicts) noexcept;
  bool Mine(std::size_t joint) const noexcept { return (group_.joints & MaskOf(joint)) != 0; }

  // Constant from Configure() on.
  GroupModel group_;
  GroupId id_ = 0;
  ControlOptions options_;
  GroupAuthority* authority_ = nullptr;
  std::array<TargetLimits, kMaxJoints> limits_{};
  MonoTime configured_at_{};

  GroupState state_;
  std::array<Joint, kMaxJoints> joints_{};
  FoundFault fault_;           // of this tick, own joints only
  bool peers_unable_ = false;  // of this tick

  // FOLLOW
  GroupCommand current_;
  std::uint64_t last_stream_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::optional<VerdictRecord> pending_;  // applied in this tick, waits for the limits' word

  // MOVE
  Trajectory plan_;
  MoveProgress move_;
  std::uint64_t move_fence_ = 0;
  std::uint64_t move_first_stream_ = 0;  // a change tells of a stop too short for a tick to see
  double plan_rate_ = 1;                 // plan seconds per second
  double stuck_s_ = 0;                   // how long the plan has been waiting for a joint
  double settling_s_ = 0;                // since the target arrived
  JointIndex slowest_ = 0;               // the joint furthest behind the plan

  // Loss ladder
  std::uint64_t watched_fence_ = 0;  // the lease seen alive last; 0: none
  MonoTime contact_{};               // its last sign of life
  MonoTime idle_since_{};            // when the group was last given something to do
};

}  // namespace soarm::control
