#pragma once

#include <array>
#include <optional>
#include <span>

#include "server/control/goal_source.h"
#include "server/control/options.h"
#include "server/control/plan_source.h"
#include "server/control/stream_source.h"
#include "server/control/tick_verdict.h"
#include "server/core/robot_model.h"
#include "server/safety/hold.h"

namespace soarm::control {

// Faults in which a joint cannot be relied on to do what it is told. Silence is not among them: a
// servo that missed three ticks is put aside, but only stale data is a reason to stop.
inline constexpr std::uint32_t kBlockingFaults =
    FaultSet::Bit(Fault::kEncoder) | FaultSet::Bit(Fault::kOverTemperature) |
    FaultSet::Bit(Fault::kOverCurrent) | FaultSet::Bit(Fault::kOverload) |
    FaultSet::Bit(Fault::kRebooted) | FaultSet::Bit(Fault::kTorqueLost) |
    FaultSet::Bit(Fault::kCurrentTrip) | FaultSet::Bit(Fault::kDuplicateId) |
    FaultSet::Bit(Fault::kGoalMismatch) | FaultSet::Bit(Fault::kSettingsChanged) |
    FaultSet::Bit(Fault::kAtSeam);

// An unchanged goal is written this often: sync writes have no answer, so one may be lost.
inline constexpr std::uint8_t kGoalRepeats = 5;

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
// A stop RELEASE wins in every mode but kUnknown, and runs even if it is cleared at once. Nothing
// here resumes by itself after a stop or a reopened bus: streams opened before that are held by the
// gate.
//
// In every tick a joint's target begins at the goal that its servo has: what could not be written
// has not happened. So nothing piles up while a servo is silent, barred or cut off, and nothing
// moves when it comes back.
//
// A joint that is overloaded ends what drives its group, like any fault; but what leads it away
// from what overloads it may begin, and goes on.
//
// A group that was found under torque is driven only after BusOperations prepared it as torque-on
// would have; until then it holds.
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
  // Each tick without a bus: a RELEASE that is asked for shortly before it opens is carried out
  // then, cleared or not.
  void WaitForBus(const GroupAuthority& authority, MonoTime now) noexcept;

  // Takes in what the world and the slow side say: torque, faults, stop, lease. The first thing in
  // a tick, ahead of all operations.
  void Observe(const GroupInput& input) noexcept;
  // Decides this tick and fills the goals of the group's joints.
  void Act(const GroupInput& input, std::span<JointGoal> goals, VerdictRing& verdicts) noexcept;

  // Torque came on for `joints` by our own operation: hold them where they are. Those that had it
  // keep their targets.
  void OnEnabled(JointMask joints, std::span<const JointSample> samples, MonoTime now) noexcept;
  // Of the group's joints, those not under torque.
  JointMask limp_joints() const noexcept;
  // Every joint was heard in the last exchange, is under torque and prepared.
  bool IsReady(std::span<const JointSample> samples) const noexcept;
  // Joints found under torque whose settings nobody has checked and set yet.
  JointMask unprepared() const noexcept { return unprepared_; }
  // Whoever raised a fault may have changed more than was noticed.
  void PrepareAnew(JointMask joints) noexcept {
    unprepared_ |= joints & ~limp_joints() & group_.joints;
  }
  // Joints without torque beside others that have it, for no reason that a fault of theirs tells:
  // as after a daemon that died while it switched them on.
  JointMask without_torque() const noexcept { return without_torque_; }
  void OnPrepared(JointMask joints) noexcept { unprepared_ &= ~joints; }
  void OnPrepareRefused(const BusOperationResult& why) noexcept { unprepared_why_ = why; }
  // Torque is about to go off: no goals from here on.
  void GoLimp(HoldCause cause) noexcept;
  MoveAnswer StartMove(const MoveGoal& goal, const PlanSource::Asked& asked) noexcept;
  // False when move `id` is not running.
  bool CancelMove(std::uint64_t id, MonoTime now) noexcept;

  Mode mode() const noexcept { return state_.mode; }
  JointMask joints() const noexcept { return group_.joints; }
  GroupId id() const noexcept { return id_; }
  const GroupModel& model() const noexcept { return group_; }
  const GroupState& state() const noexcept { return state_; }
  const MoveState& move() const noexcept { return plan_.state(); }
  GroupAuthority& authority() const noexcept { return *authority_; }
  double requested(std::size_t joint) const noexcept { return joints_[joint].requested; }
  double applied(std::size_t joint) const noexcept;
  // True while a stop RELEASE asks for torque off, or did and was not carried out; read anew, so
  // that it acts in the same tick. Also of joints that nobody has read yet.
  bool wants_release() const noexcept {
    return authority_->stop.load(std::memory_order_acquire) == StopLevel::kRelease ||
           authority_->releases.load(std::memory_order_acquire) != releases_done_;
  }
  // All RELEASEs asserted so far were carried out, `releases` being their number when it began.
  void OnReleased(std::uint64_t releases) noexcept { releases_done_ = releases; }
  // The orderly end: nothing drives the group any more.
  void Rest(MonoTime now) noexcept;
  // Every target stands still and was read back from its servo.
  bool IsAtRest() const noexcept { return not_at_rest() == 0; }
  JointMask not_at_rest() const noexcept;
  // Of each joint's normal torque limit; the cycle writes it when it changes.
  double wanted_torque_fraction() const noexcept;

 private:
  struct Joint {
    JointModel model;
    double static_lead_rad = 0;
    TargetState applied;
    double lead_speed_rad_s = 0;  // of the target lately: how far the joint may trail behind it
    double requested = 0;
    ClipSet clip;
    bool energised = false;   // under torque with a target of ours or its own
    bool read = false;        // since the bus was opened
    double measured_rad = 0;  // as it was heard last
    int strains_to = 0;       // overloaded: to which side, -1 or 1; 0: not known
    bool confirmed = false;   // its servo was read back with the goal that was written last
    YieldWatch yield;
    // Where it stood when a goal far away was adopted: it may carry a load there, or set out.
    std::optional<double> stood_rad;
    double stood_heard_s = 0;  // so long it was heard with that goal
    double rest_lead_rad = 0;  // what it allowed at the newest answer
    std::int32_t written_raw = 0;
    std::uint8_t writes_left = 0;  // repeats of an unchanged goal: sync writes have no answer
  };
  struct FoundFault {
    bool any = false;
    JointIndex joint = 0;
    FaultSet faults{};  // of that joint; also kNoReply for too long a silence, kNoTorque
  };

  // Modes (group_control.cc)
  void ObeyStop(MonoTime now) noexcept;
  void WatchLease(MonoTime now) noexcept;
  void TakeCommand(const GroupInput& input, VerdictRing& verdicts) noexcept;
  // `source` has the group from now on, and leads the joints `eased` away from what overloads them.
  void Drive(GoalSource& source, JointMask eased) noexcept;
  void KeepDriving(const SourceTick& tick) noexcept;
  void NoteFault(MonoTime now) noexcept;
  void ClimbLadder(MonoTime now) noexcept;
  void EnterHold(HoldCause cause, MonoTime now) noexcept { EnterHold(cause, now, {}); }
  // `fault`: for kFault.
  void EnterHold(HoldCause cause, MonoTime now, const FoundFault& fault) noexcept;
  // What the mode's reason is at present.
  void TellCause() noexcept;
  // Why nothing can begin to drive the group that was asked for when `stops` was GroupAuthority's
  // count.
  // `eased`: as for FaultBeside().
  MoveAnswer WhyNotDriven(std::uint64_t stops, JointMask eased) const noexcept;
  // Nobody drives the group any more.
  void EndDriving(const SourceEnd& end) noexcept;
  bool PeersHold(JointMask eased) const noexcept;
  GateFacts Facts(const GroupInput& input, JointMask eased) const noexcept;
  Ability FindAbility() const noexcept;
  SourceTick TickOf(const GroupInput& input) const noexcept;

  // What is found (group_adoption.cc)
  bool Adopt(const GroupInput& input) noexcept;
  void AdoptJoint(std::size_t i, const JointSample& sample) noexcept;
  bool IsFound(std::size_t i, const JointSample& sample) const noexcept;
  void AdoptFound(std::size_t i, const JointSample& sample) noexcept;
  void TrackTorque(const GroupInput& input) noexcept;
  bool IsStale(const JointSample& sample, const GroupInput& input) const noexcept;
  void FindFault(const GroupInput& input) noexcept;
  // What keeps a source from driving the group that leads the joints `eased` away from what
  // overloads them.
  FoundFault FaultBeside(JointMask eased) const noexcept;
  FoundFault fault() const noexcept { return FaultBeside(eased_); }
  // Of the overloaded joints, those that are led to where their servos press the other way, or no
  // harder than a hold lets them.
  JointMask EasedBy(JointMask led, const std::array<double, kMaxJoints>& to_rad) const noexcept;
  void FindWithoutTorque(const GroupInput& input) noexcept;
  // Joints (group_joints.cc)
  void MoveTargets(const SourceTick& tick) noexcept;
  void MovePosition(std::size_t i, const JointSample& sample, const std::optional<Wish>& wish,
                    const GroupInput& input) noexcept;
  void MoveVelocity(std::size_t i, const JointSample& sample, const std::optional<Wish>& wish,
                    const GroupInput& input) noexcept;
  // The target begins where the servo's own goal is. The speed that it may have in this tick: what
  // was not written goes on no faster than a brake leaves it, until it is.
  double Rebase(std::size_t i, const JointSample& sample, double dt_s) noexcept;
  void AdoptGoal(Joint& joint, const JointSample& sample, double lead_max_rad) noexcept;
  // A joint that sets out for an adopted goal far away carries nothing: it is held where it is.
  void LeaveFarGoal(std::size_t i, const JointSample& sample) noexcept;
  // What is led begins where it stands, as long as it is not known that the goal far from there is
  // the one that acts.
  static TargetState SetsOutFrom(const Joint& joint) noexcept;
  // Whether it is not known yet which goal acts. Its drive tells that the driver in a while; until
  // then the target stands and none is written, which would make that one the goal that acts.
  static bool Listens(const Joint& joint) noexcept;
  static void SetOut(Joint& joint) noexcept;
  // While its goal is not written the target stands. One tick of that is a pause in the motion, a
  // longer one is its end: only the speed it was going to have is left of it.
  void Brake(std::size_t i, double for_s) noexcept;
  // How far the target may be ahead of the joint in this tick.
  double Lead(std::size_t i, const JointSample& sample, const std::optional<Wish>& wish,
              const GroupInput& input) noexcept;
  // The target of a joint that nobody moves; Hold() says where it goes.
  void HoldOn(Joint& joint, const JointSample& sample, const TargetLimits& limits,
              double dt_s) const noexcept;
  TargetState Hold(const Joint& joint, const JointSample& sample, const TargetLimits& limits,
                   double dt_s) const noexcept;
  JointGoal GoalOf(std::size_t i, bool moving) noexcept;
  void FillGoals(std::span<JointGoal> goals) noexcept;
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
  FoundFault unfit_;  // of this tick, own joints only: silent, limp, or a fault but OVERLOAD
  JointMask overloaded_ = 0;  // of this tick, but for a gripper, which is meant to press
  JointMask eased_ = 0;       // of these, what drives the group leads away from what overloads them
  Ability peers_ = Ability::kAble;       // of this tick
  bool ends_ = false;                    // Rest() was called
  HoldCause reason_ = HoldCause::kNone;  // beneath stop and fault, which pass
  JointMask unprepared_ = 0;
  JointMask without_torque_ = 0;  // of this tick
  BusOperationResult unprepared_why_;
  std::uint64_t releases_done_ = 0;
  std::uint64_t releases_asked_ = 0;  // as of the last tick without a bus, ...
  MonoTime release_asked_at_{};       // ... and when it first was so

  LeaseWords lease_;  // of this tick, read after its command was taken

  // What drives the group: one of those below in a driven mode, none in any other. It points into
  // this object, which is therefore assigned only while nothing drives it.
  GoalSource* source_ = nullptr;
  StreamSource stream_;
  PlanSource plan_;
  std::optional<TickVerdict> pending_;  // applied in this tick, waits for the limits' word

  // Loss ladder
  std::uint64_t watched_fence_ = 0;  // the lease seen alive last; 0: none
  MonoTime contact_{};               // its last sign of life
  MonoTime idle_since_{};            // when the group was last given something to do
};

}  // namespace soarm::control
