// The modes of a group: who may drive it, and what ends that. What the joints get in each mode is
// in group_joints.cc, what they say in group_adoption.cc.

#include "server/control/group_control.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace soarm::control {
namespace {

// Longer than a plug that was pulled and put back takes to be a bus again.
constexpr Nanos kReleaseWaits = std::chrono::seconds(3);

}  // namespace

void GroupControl::Configure(const GroupModel& group, GroupId id,
                             std::span<const JointModel> joints,
                             std::span<const JointLimits> limits, const ControlOptions& options,
                             GroupAuthority& authority, MonoTime now) {
  PlanSource plan = plan_;
  plan.Forget();
  // A RELEASE that was taken back long ago, while there was no bus, has nothing left to do.
  WaitForBus(authority, now);
  const std::uint64_t releases_done =
      now - release_asked_at_ <= kReleaseWaits ? releases_done_ : releases_asked_;
  *this = GroupControl();
  plan_ = plan;
  group_ = group;
  id_ = id;
  options_ = options;
  authority_ = &authority;
  releases_done_ = releases_done;
  configured_at_ = now;
  idle_since_ = now;
  stream_.Configure(options.loss.hold_after);
  for (std::size_t i = 0; i < joints.size() && i < kMaxJoints; ++i) {
    joints_[i].model = joints[i];
    joints_[i].static_lead_rad = joints_[i].rest_lead_rad = StaticLead(joints[i]);
    limits_[i] = LimitsOf(joints[i], limits[i]);
  }
  authority_->ability.store(Ability::kUnable, std::memory_order_release);
}

void GroupControl::WaitForBus(const GroupAuthority& authority, MonoTime now) noexcept {
  const std::uint64_t releases = authority.releases.load(std::memory_order_acquire);
  if (releases == releases_asked_) return;
  releases_asked_ = releases;
  release_asked_at_ = now;
}

void GroupControl::Lose(std::uint64_t newest_stream) noexcept {
  if (authority_ == nullptr) return;
  EndDriving({.by = SourceEnd::By::kBusLost});
  state_ = {};
  unprepared_ = without_torque_ = 0;
  for (Joint& joint : joints_) joint.energised = joint.read = false;
  authority_->first_stream.store(newest_stream + 1, std::memory_order_release);
  authority_->ability.store(Ability::kUnable, std::memory_order_release);
}

void GroupControl::Observe(const GroupInput& input) noexcept {
  // While no tick ran the joints came to their goals and stood still there; so do their targets,
  // before anything is begun from where these come to rest.
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    if (joints_[i].model.kind == JointKind::kPosition) Brake(i, input.paused_s);
  }
  peers_ = input.peers;
  state_.stop = authority_->stop.load(std::memory_order_acquire);
  if (state_.mode != Mode::kUnknown || Adopt(input)) {
    TrackTorque(input);
    FindFault(input);
    ObeyStop(input.now);
    NoteFault(input.now);
    FindWithoutTorque(input);
  }
  WatchLease(input.now);
}

void GroupControl::Act(const GroupInput& input, std::span<JointGoal> goals,
                       VerdictRing& verdicts) noexcept {
  lease_ = authority_->Lease();
  if (input.command != nullptr) TakeCommand(input, verdicts);
  const SourceTick tick = TickOf(input);
  if (source_ != nullptr) KeepDriving(tick);
  ClimbLadder(input.now);
  MoveTargets(tick);
  FillGoals(goals);
  ReportPending(verdicts);
  TellCause();
  authority_->ability.store(FindAbility(), std::memory_order_release);
}

Ability GroupControl::FindAbility() const noexcept {
  const bool unable = state_.mode == Mode::kUnknown || state_.stop != StopLevel::kNone ||
                      unfit_.any || unprepared_ != 0;
  if (unable) return Ability::kUnable;
  return fault().any ? Ability::kStrained : Ability::kAble;
}

double GroupControl::wanted_torque_fraction() const noexcept {
  return state_.mode == Mode::kSoftHold ? options_.soft_hold_fraction : 1.0;
}

JointMask GroupControl::limp_joints() const noexcept {
  JointMask mask = 0;
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    if (Mine(i) && !joints_[i].energised) mask |= MaskOf(i);
  }
  return mask;
}

double GroupControl::applied(std::size_t joint) const noexcept {
  const Joint& j = joints_[joint];
  return j.model.kind == JointKind::kVelocity ? j.applied.velocity_rad_s : j.applied.position_rad;
}

void GroupControl::GoLimp(HoldCause cause) noexcept {
  EndDriving({.cause = cause});
  state_.mode = Mode::kLimp;
  state_.cause = cause;
  state_.command_sequence = 0;
  unfit_ = {};
  overloaded_ = 0;
  unprepared_ = 0;
  reason_ = HoldCause::kNone;
  for (Joint& joint : joints_) joint.energised = false;
}

void GroupControl::OnEnabled(JointMask joints, std::span<const JointSample> samples,
                             MonoTime now) noexcept {
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const bool came_on = (joints & group_.joints & MaskOf(i)) != 0 && !joints_[i].energised;
    if (came_on) AdoptJoint(i, samples[i]);
  }
  OnPrepared(joints);
  const bool was_soft = state_.mode == Mode::kSoftHold;
  if (was_soft) state_.mode = Mode::kHold;  // full torque was asked for
  if (!was_soft && state_.mode != Mode::kLimp) return;
  EnterHold(HoldCause::kTorqueOn, now);
  contact_ = std::max(contact_, now);
}

void GroupControl::EnterHold(HoldCause cause, MonoTime now, const FoundFault& fault) noexcept {
  EndDriving({.cause = cause, .joint = fault.joint, .faults = fault.faults});
  if (state_.mode != Mode::kSoftHold) state_.mode = Mode::kHold;
  const bool passes = cause == HoldCause::kStopped || cause == HoldCause::kFault;
  reason_ = passes ? HoldCause::kNone : cause;
  state_.command_sequence = 0;
  idle_since_ = now;
  TellCause();
}

void GroupControl::TellCause() noexcept {
  switch (state_.mode) {
    case Mode::kUnknown:
      return;
    case Mode::kLimp:
      if (state_.cause == HoldCause::kStopped && !wants_release()) state_.cause = HoldCause::kNone;
      return;
    case Mode::kFollow:
    case Mode::kMove:
      state_.cause = HoldCause::kNone;
      return;
    case Mode::kHold:
    case Mode::kSoftHold:
      break;
  }
  state_.cause = reason_;
  state_.joint = 0;
  if (state_.stop != StopLevel::kNone) {
    state_.cause = HoldCause::kStopped;
  } else if (fault().any) {
    state_.cause = HoldCause::kFault;
    state_.joint = fault().joint;
  } else if (unprepared_ != 0) {
    state_.cause = HoldCause::kAdopted;
    state_.joint = static_cast<JointIndex>(std::countr_zero(unprepared_));
  }
}

void GroupControl::Rest(MonoTime now) noexcept {
  ends_ = true;
  const bool driven = IsDriven(state_.mode);
  if (driven) EnterHold(HoldCause::kReleased, now);
}

JointMask GroupControl::not_at_rest() const noexcept {
  if (!IsWritable(group_.role)) return 0;
  JointMask mask = 0;
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    const Joint& joint = joints_[i];
    if (!Mine(i)) continue;
    const bool unheard = joint.model.kind == JointKind::kVelocity && !joint.read;
    const bool moves = joint.energised && (joint.applied.velocity_rad_s != 0 || !joint.confirmed);
    if (unheard || moves) mask |= MaskOf(i);
  }
  return mask;
}

void GroupControl::Drive(GoalSource& source, JointMask eased) noexcept {
  if (source_ != &source) EndDriving({.by = SourceEnd::By::kNewer});
  source_ = &source;
  eased_ = eased;
  state_.mode = source.mode();
}

void GroupControl::EndDriving(const SourceEnd& end) noexcept {
  if (source_ != nullptr) source_->End(end);
  source_ = nullptr;
  eased_ = 0;
}

void GroupControl::ObeyStop(MonoTime now) noexcept {
  if (!IsWritable(group_.role)) return;
  if (wants_release()) {
    GoLimp(HoldCause::kStopped);
    return;
  }
  if (state_.stop == StopLevel::kNone || state_.mode == Mode::kLimp) return;
  const bool driven = IsDriven(state_.mode);
  if (driven) EnterHold(HoldCause::kStopped, now);
  if (state_.stop == StopLevel::kSoftHold) state_.mode = Mode::kSoftHold;
}

void GroupControl::NoteFault(MonoTime now) noexcept {
  if (reason_ == HoldCause::kPeer && peers_ == Ability::kAble) reason_ = HoldCause::kNone;
  const bool driven = IsDriven(state_.mode);
  if (!driven) return;
  if (fault().any) {
    EnterHold(HoldCause::kFault, now, fault());
  } else if (PeersHold(eased_)) {
    EnterHold(HoldCause::kPeer, now);
  }
}

// Sees a lease end, whether given back, run out or taken over, in whatever mode it happens.
void GroupControl::WatchLease(MonoTime now) noexcept {
  lease_ = authority_->Lease();
  const std::uint64_t fence = lease_.fence;
  const bool alive = lease_.IsCurrent(fence, now);
  if (alive && fence == watched_fence_) {
    contact_ =
        std::max(contact_, FromNanos(authority_->contact_ns.load(std::memory_order_acquire)));
    return;
  }
  const std::uint64_t ended = watched_fence_;
  watched_fence_ = alive ? fence : 0;
  if (alive) contact_ = std::max(contact_, now);
  if (ended == 0 || state_.mode == Mode::kUnknown || state_.mode == Mode::kLimp) return;
  const bool released = authority_->released_fence.load(std::memory_order_acquire) == ended;
  EnterHold(released ? HoldCause::kReleased : HoldCause::kLeaseLost, now);
}

// A relief goes on beside a group that is itself only to be relieved: two arms of one lease that
// both press on something would keep each other there.
bool GroupControl::PeersHold(JointMask eased) const noexcept {
  return peers_ == Ability::kUnable || (peers_ == Ability::kStrained && eased == 0);
}

GateFacts GroupControl::Facts(const GroupInput& input, JointMask eased) const noexcept {
  GateFacts facts;
  facts.now = input.now;
  facts.epoch = input.epoch;
  facts.mode = state_.mode;
  facts.stop = state_.stop;
  facts.fault = FaultBeside(eased).any || PeersHold(eased);
  facts.unprepared = unprepared_ != 0;
  facts.fence = lease_.fence;
  facts.lease_until = lease_.until;
  facts.first_stream = authority_->first_stream.load(std::memory_order_acquire);
  facts.max_ahead =
      group_.kind == JointKind::kVelocity ? options_.base_command_max : options_.command_max;
  return facts;
}

SourceTick GroupControl::TickOf(const GroupInput& input) const noexcept {
  SourceTick tick{.input = input,
                  .joints = group_.joints,
                  .gate = Facts(input, eased_),
                  .authority = *authority_,
                  .lease = lease_,
                  .silence = input.now - contact_};
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    tick.applied_rad[i] = joints_[i].applied.position_rad;
  }
  return tick;
}

void GroupControl::TakeCommand(const GroupInput& input, VerdictRing& verdicts) noexcept {
  const GroupCommand& command = *input.command;
  TickVerdict record;
  record.stream = command.stream;
  record.group = id_;
  record.tick = input.tick;
  record.decided_at = input.now;
  record.received_at = command.received_at;
  record.first_sequence = command.sequence;
  record.last_sequence = command.sequence;
  const bool begins = source_ != &stream_;
  // What it does not speak of goes on.
  const JointMask eased =
      EasedBy(command.joints, command.target) | (begins ? 0 : eased_ & ~command.joints);
  const FoundFault fault = FaultBeside(eased);
  GateDecision decision = DecideGate(FactsOf(command, group_.joints), Facts(input, eased));
  if (decision.action == GateAction::kFollow && !input.streams->IsOpen(command.stream)) {
    decision = {GateAction::kHold, HoldCause::kExpired, VerdictKind::kExpired};
  }
  record.verdict = decision.verdict;
  record.cause = decision.cause;
  if (decision.action != GateAction::kFollow) {
    if (decision.cause == HoldCause::kFault && !fault.any) record.cause = HoldCause::kPeer;
    if (decision.cause == HoldCause::kFault) record.joint = fault.joint;
    verdicts.Push(record);
    return;
  }
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    Joint& joint = joints_[i];
    if ((command.joints & MaskOf(i)) != 0) {
      joint.requested = command.target[i];
    } else if (begins) {
      joint.requested = joint.model.kind == JointKind::kVelocity ? 0 : joint.applied.position_rad;
    }
  }
  stream_.Take(command, begins);
  Drive(stream_, eased);
  state_.command_sequence = command.sequence;
  contact_ = std::max(contact_, command.received_at);
  pending_ = record;
}

void GroupControl::KeepDriving(const SourceTick& tick) noexcept {
  const std::optional<HoldCause> ended = source_->Keep(tick);
  if (!ended) return;
  // The gate does not tell whose fault it is.
  const bool peer = *ended == HoldCause::kFault && !fault().any;
  EnterHold(peer ? HoldCause::kPeer : *ended, tick.input.now, fault());
}

MoveAnswer GroupControl::WhyNotDriven(std::uint64_t stops, JointMask eased) const noexcept {
  if (state_.mode == Mode::kUnknown || state_.mode == Mode::kLimp) {
    return {.refusal = MoveRefusal::kNotTorqued};
  }
  if (authority_->stop.load(std::memory_order_acquire) != StopLevel::kNone ||
      authority_->stops.load(std::memory_order_acquire) != stops) {
    return {.refusal = MoveRefusal::kStopped};
  }
  const FoundFault fault = FaultBeside(eased);
  if (fault.any) {
    return {.refusal = MoveRefusal::kFault, .joint = fault.joint, .faults = fault.faults};
  }
  if (PeersHold(eased)) return {.refusal = MoveRefusal::kPeer};
  if (unprepared_ == 0) return {};
  const auto first = static_cast<JointIndex>(std::countr_zero(unprepared_));
  const bool known = unprepared_why_.refusal != BusRefusal::kNone;
  return {.refusal = MoveRefusal::kUnprepared,
          .joint = known ? unprepared_why_.joint : first,
          .why = unprepared_why_};
}

MoveAnswer GroupControl::StartMove(const MoveGoal& goal, const PlanSource::Asked& asked) noexcept {
  const JointMask eased = EasedBy(goal.joints, goal.target_rad);
  MoveAnswer answer = WhyNotDriven(asked.stops, eased);
  if (answer.refusal != MoveRefusal::kNone) return answer;
  std::array<TargetState, kMaxJoints> from{};
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    const bool led = (goal.joints & MaskOf(i)) != 0;
    from[i] = led ? SetsOutFrom(joints_[i]) : joints_[i].applied;
  }
  answer = plan_.Begin(goal, asked, group_.joints, from, limits_, authority_->Lease().speed_scale);
  if (answer.refusal != MoveRefusal::kNone) return answer;
  Drive(plan_, eased);
  state_.cause = HoldCause::kNone;
  state_.command_sequence = 0;
  return {};
}

bool GroupControl::CancelMove(std::uint64_t id, MonoTime now) noexcept {
  if (source_ != &plan_ || plan_.state().id != id) return false;
  plan_.Cancel();
  EnterHold(HoldCause::kMoveCancelled, now);
  return true;
}

void GroupControl::ClimbLadder(MonoTime now) noexcept {
  if (state_.mode != Mode::kHold) return;
  const bool lost = reason_ == HoldCause::kExpired || reason_ == HoldCause::kLeaseLost;
  const bool soft = lost ? now - contact_ >= options_.loss.soft_hold_after
                         : watched_fence_ == 0 && now - idle_since_ >= options_.unattended_hold;
  if (soft) state_.mode = Mode::kSoftHold;
}

}  // namespace soarm::control
