// Why so long: one contract, whose steps are read one after the other.
#include "server/servo/feetech/torque_on.h"

#include <cstdlib>

#include "server/servo/feetech/acting_goal.h"
#include "server/servo/feetech/torque_checks.h"
#include "server/servo/feetech/working_check.h"

namespace soarm::servo::feetech {
namespace {

const Register& GoalRegisterOf(const ServoState& servo) noexcept {
  return servo.kind == JointKind::kVelocity ? reg::kGoalSpeed : reg::kGoalPosition;
}

std::int32_t GoalOf(const ServoState& servo) noexcept {
  return servo.kind == JointKind::kVelocity ? servo.working.goal_speed
                                            : servo.working.goal_position;
}

}  // namespace

void TorqueOn::Start(BusContext& bus, const BusOperationRequest& request) noexcept {
  Run(bus);
  energises_ = request.kind == BusOperation::kEnableTorque;
  why_ = {};
  joints_ = request.joints;
  verified_ = found_on_ = energised_ = 0;
  decided_at_ = bus.clock.Now();
  rise_.Start(bus);
  Enter(bus, Phase::kVerify);
  fresh_.Restart(bus);
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if (!IsIn(joints_, i)) continue;
    ServoState& servo = bus.servos[i];
    servo.in_operation = true;
    // A wheel that turns has to be stopped whatever goes on here, and a joint that is under torque
    // already may be braking.
    const bool limp = servo.working.torque_enable != 1;
    servo.goals_barred = energises_ && servo.kind == JointKind::kPosition && limp;
    acceleration_[i] = FastestAcceleration();
    speed_[i] = FastestSpeed(servo);
    limit_[i] = TorqueLimitRegister(servo, request.torque_fraction);
  }
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if (!IsIn(joints_, i)) continue;
    if (!bus.servos[i].known) return GiveUp(bus, Refuse(BusRefusal::kServoMissing, i));
    const JointModel& model = bus.models[i];
    if (model.calibrated && !model.unfit.any()) continue;
    const auto why = model.unfit.any() ? Refuse(BusRefusal::kUnfitSetting, i, model.unfit)
                                       : Refuse(BusRefusal::kUncalibrated, i);
    if (energises_) return GiveUp(bus, why);
    LeaveOut(bus, i, why);
  }
}

void TorqueOn::Enter(BusContext& bus, Phase phase) noexcept {
  phase_ = phase;
  tries_ = 0;
  SearchAnew(bus);
}

bool TorqueOn::StoodStill(const BusContext& bus) const noexcept {
  return bus.clock.Now() - decided_at_ > kDeadTime;
}

void TorqueOn::DecideAnew(BusContext& bus) noexcept {
  SearchAnew(bus);  // nobody was asked meanwhile
  if (phase_ == Phase::kPrepare) phase_ = Phase::kVerify;
  if (phase_ == Phase::kEnergise) phase_ = Phase::kGoal;
  if (phase_ == Phase::kGoal) goal_sent_ = false;
  fresh_.Restart(bus);
}

void TorqueOn::AddToTick(BusContext& bus) noexcept {
  if (StoodStill(bus)) DecideAnew(bus);
  constexpr std::int32_t kOn[kMaxJoints] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  switch (phase_) {
    case Phase::kPrepare: {
      JointMask arm = 0;
      for (std::size_t i = 0; i < bus.servos.size(); ++i) {
        if (IsIn(joints_, i) && bus.servos[i].kind == JointKind::kPosition) arm |= MaskOf(i);
      }
      AddSyncWrite(bus, reg::kLock, joints_, kOn);
      AddSyncWrite(bus, reg::kAcceleration, joints_, acceleration_);
      AddSyncWrite(bus, reg::kGoalSpeed, arm, speed_);
      AddSyncWrite(bus, reg::kTorqueLimit, joints_, limit_);
      fresh_.Restart(bus);
      break;
    }
    case Phase::kEnergise:
      AddSyncWrite(bus, reg::kTorqueEnable, MaskOf(joint_), kOn);
      fresh_.Restart(bus);
      break;
    case Phase::kUnwind:
      AddSyncWrite(bus, reg::kTorqueEnable, energised_, {});
      fresh_.Restart(bus);
      break;
    case Phase::kVerify:
    case Phase::kGoal:
    case Phase::kWatch:
      break;
  }
}

void TorqueOn::AfterTick(BusContext& bus, const BusTick& tick) noexcept {
  if (!running()) return;
  const bool paused = StoodStill(bus);
  decided_at_ = bus.clock.Now();
  if (paused) return DecideAnew(bus);  // in the middle of this tick: what was read is old
  if (energises_ && phase_ != Phase::kUnwind && !bus.transport().lets_drive()) {
    return GiveUp(bus, {.refusal = BusRefusal::kSlowTransport});
  }
  if (phase_ != Phase::kUnwind && !WatchMovement(bus, tick)) return;
  switch (phase_) {
    case Phase::kVerify:
      return AfterVerify(bus);
    case Phase::kPrepare:
      return AfterPrepare(bus);
    case Phase::kGoal:
      return AfterGoal(bus);
    case Phase::kEnergise:
      return AfterEnergise(bus);
    case Phase::kWatch:
      return AfterWatch(bus);
    case Phase::kUnwind:
      return AfterUnwind(bus);
  }
}

Step TorqueOn::Next(BusContext& bus) noexcept {
  if (phase_ == Phase::kVerify) {
    for (std::size_t i = 0; i < bus.servos.size(); ++i) {
      if (!IsIn(joints_ & ~verified_, i)) continue;
      return {.kind = Step::Kind::kRead, .joint = i, .block = kStoredBlock, .value = {}};
    }
  }
  // The position has to be of this very tick, and the supply recovered from the last inrush.
  const ServoState& servo = bus.servos[joint_];
  if (phase_ != Phase::kGoal || goal_sent_ || bus.samples[joint_].misses > 0 ||
      bus.clock.Now() < not_before_ || StoodStill(bus)) {
    return {};
  }
  // A limp joint may have fallen since it was checked.
  if (const auto why = CheckPlace(bus, joint_, kSeamMargin_ticks)) {
    GiveUp(bus, *why);
    return {};
  }
  const Register& reg = GoalRegisterOf(servo);
  const bool wheel = servo.kind == JointKind::kVelocity;
  position_[joint_] = bus.samples[joint_].position_raw;
  goal_[joint_] = wheel ? 0 : position_[joint_];
  Step step{.kind = Step::Kind::kWrite, .joint = joint_, .address = reg.address, .value = {}};
  if (!EncodeRegister(reg, goal_[joint_], step.value)) return {};
  return step;
}

void TorqueOn::Take(BusContext& bus, const Step& step, const Answer& answer) noexcept {
  if (step.kind == Step::Kind::kWrite) {
    // Sent is enough to count as energised; whether it arrived is read back.
    goal_sent_ = answer.sent;
    if (answer.sent) energised_ |= MaskOf(step.joint);
    fresh_.Restart(bus);
    return;
  }
  if (!answer.answered) {
    if (SearchedEnough(bus)) GiveUp(bus, Refuse(BusRefusal::kServoMissing, step.joint));
    return;
  }
  Enter(bus, Phase::kVerify);
  verified_ |= MaskOf(step.joint);
  const auto why = CheckStored(bus, step.joint, answer.first, answer.bytes());
  if (!why) return;
  if (energises_) return GiveUp(bus, *why);
  LeaveOut(bus, step.joint, *why);
}

void TorqueOn::LeaveOut(BusContext& bus, std::size_t joint,
                        const BusOperationResult& why) noexcept {
  ServoState& servo = bus.servos[joint];
  servo.in_operation = servo.goals_barred = false;
  DoubtWorking(servo);
  joints_ &= ~MaskOf(joint);
  if (why_.refusal == BusRefusal::kNone) why_ = why;
}

void TorqueOn::AfterVerify(BusContext& bus) noexcept {
  rise_.Watch(bus, joints_);
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if (!IsIn(joints_, i)) continue;
    // One whose answers come now and then is not put aside, and may never be heard whole.
    const bool heard = !bus.servos[i].health.quarantined() && fresh_.Has(bus, i);
    if (heard && IsIn(verified_, i)) continue;
    if (heard || !SearchedEnough(bus)) return;
    const auto why = Refuse(BusRefusal::kServoMissing, i);
    if (energises_) return GiveUp(bus, why);
    LeaveOut(bus, i, why);
  }
  found_on_ = 0;
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if (!IsIn(joints_, i)) continue;
    if (bus.servos[i].working.torque_enable == 1) {
      found_on_ |= MaskOf(i);
    } else if (energises_) {
      bus.servos[i].goals_barred = bus.servos[i].kind == JointKind::kPosition;
    } else {
      bus.servos[i].in_operation = false;
      joints_ &= ~MaskOf(i);
      continue;
    }
    if (const auto why = CheckJoint(bus, i)) {
      if (energises_) return GiveUp(bus, *why);
      LeaveOut(bus, i, *why);
    }
  }
  const JointMask waiting = rise_.Waiting(bus, found_on_ & joints_, limit_);
  if (waiting != 0 && !SearchedEnough(bus)) return;
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if (!IsIn(waiting, i)) continue;
    const auto why = Refuse(BusRefusal::kReadBackDiffers, i, reg::kTorqueLimit, limit_[i],
                            bus.servos[i].working.torque_limit);
    if (energises_) return GiveUp(bus, why);
    LeaveOut(bus, i, why);
  }
  Enter(bus, Phase::kPrepare);
}

std::optional<BusOperationResult> TorqueOn::CheckJoint(const BusContext& bus,
                                                       std::size_t joint) const noexcept {
  const ServoState& servo = bus.servos[joint];
  if (!energises_ && servo.latched.Any()) {
    return RefusedByStatus(joint, servo.status);
  }
  if (!IsIn(found_on_, joint) || servo.kind == JointKind::kVelocity) {
    return CheckFeedback(bus, joint, kSeamMargin_ticks);
  }
  return CheckHeld(bus, joint, kSeamMargin_ticks);
}

void TorqueOn::AfterPrepare(BusContext& bus) noexcept {
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if (!IsIn(joints_, i)) continue;
    const ServoState& servo = bus.servos[i];
    BusOperationResult why;
    if (!fresh_.Has(bus, i)) {
      if (SearchedEnough(bus)) GiveUp(bus, Refuse(BusRefusal::kServoMissing, i));
      return;
    }
    if (!TookAcceleration(servo, acceleration_[i])) {
      why = Refuse(BusRefusal::kReadBackDiffers, i, reg::kAcceleration, acceleration_[i],
                   servo.working.acceleration);
    } else if (servo.kind == JointKind::kPosition && servo.working.goal_speed != speed_[i]) {
      why = Refuse(BusRefusal::kReadBackDiffers, i, reg::kGoalSpeed, speed_[i],
                   servo.working.goal_speed);
    } else if (servo.working.torque_limit != limit_[i]) {
      why = Refuse(BusRefusal::kReadBackDiffers, i, reg::kTorqueLimit, limit_[i],
                   servo.working.torque_limit);
    } else {
      continue;
    }
    if (!TryAgain()) GiveUp(bus, why);
    return;
  }
  NextJoint(bus);
}

void TorqueOn::NextJoint(BusContext& bus) noexcept {
  goal_sent_ = false;
  for (joint_ = 0; joint_ < bus.servos.size(); ++joint_) {
    if (!IsIn(joints_ & ~found_on_ & ~energised_, joint_)) continue;
    return Enter(bus, Phase::kGoal);
  }
  joint_ = 0;
  Enter(bus, Phase::kWatch);
  fresh_.Restart(bus);
  not_before_ = bus.clock.Now() + (energised_ != 0 ? bus.options.settle_time : Nanos(0));
}

void TorqueOn::AfterGoal(BusContext& bus) noexcept {
  const ServoState& servo = bus.servos[joint_];
  if (!goal_sent_ || !fresh_.Has(bus, joint_)) {
    if (SearchedEnough(bus)) GiveUp(bus, Refuse(BusRefusal::kServoMissing, joint_));
    return;
  }
  if (GoalOf(servo) == goal_[joint_]) return Enter(bus, Phase::kEnergise);
  goal_sent_ = false;
  if (!TryAgain()) {
    GiveUp(bus, Refuse(BusRefusal::kReadBackDiffers, joint_, GoalRegisterOf(servo), goal_[joint_],
                       GoalOf(servo)));
  }
}

void TorqueOn::AfterEnergise(BusContext& bus) noexcept {
  const ServoState& servo = bus.servos[joint_];
  BusOperationResult why;
  if (!fresh_.Has(bus, joint_)) {
    if (SearchedEnough(bus)) GiveUp(bus, Refuse(BusRefusal::kServoMissing, joint_));
    return;
  }
  if (servo.working.torque_enable != 1) {
    why = Refuse(BusRefusal::kReadBackDiffers, joint_, reg::kTorqueEnable, 1,
                 servo.working.torque_enable);
  } else if (GoalOf(servo) != goal_[joint_]) {
    return GiveUp(bus, Refuse(BusRefusal::kReadBackDiffers, joint_, GoalRegisterOf(servo),
                              goal_[joint_], GoalOf(servo)));
  } else {
    not_before_ = bus.clock.Now() + bus.options.stagger;
    ServoState& energised = bus.servos[joint_];
    energised.settles = true;
    energised.goal_let_go = false;
    energised.goal_sent_at = bus.clock.Now();
    return NextJoint(bus);
  }
  if (!TryAgain()) GiveUp(bus, why);
}

bool TorqueOn::Settles(const BusContext& bus, std::size_t joint) const noexcept {
  const ServoState& servo = bus.servos[joint];
  if (!IsIn(energised_, joint) || servo.kind != JointKind::kPosition || servo.goal_let_go) {
    return false;
  }
  const std::int32_t gap = TicksApart(bus.samples[joint].position_raw, goal_[joint]);
  return gap > kPlayTicks && bus.clock.Now() < servo.goal_sent_at + kTellsItsGoal;
}

void TorqueOn::AfterWatch(BusContext& bus) noexcept {
  if (!energises_) return Finish(bus, true);  // nothing of it is left to be seen
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if (!IsIn(joints_, i)) continue;
    const ServoState& servo = bus.servos[i];
    if (!fresh_.Has(bus, i)) {
      if (SearchedEnough(bus)) GiveUp(bus, Refuse(BusRefusal::kServoMissing, i));
      return;
    }
    if (Settles(bus, i)) return;
    if (servo.working.torque_enable == 1) continue;
    return GiveUp(bus, Refuse(BusRefusal::kReadBackDiffers, i, reg::kTorqueEnable, 1,
                              servo.working.torque_enable));
  }
  if (bus.clock.Now() >= not_before_) Finish(bus, true);
}

bool TorqueOn::WatchMovement(BusContext& bus, const BusTick& tick) noexcept {
  const int allowed = bus.options.sag_allowance_ticks + kPlayTicks;
  bool in_sight = true;
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if (!IsIn(energised_, i)) continue;
    const ServoState& servo = bus.servos[i];
    if (servo.health.quarantined()) {
      in_sight = false;
      if (!SearchedEnough(bus)) continue;
      GiveUp(bus, Refuse(BusRefusal::kServoMissing, i));
      return false;
    }
    if (!IsIn(tick.answered, i)) continue;
    if ((servo.status & ~servo.acknowledged_status) != 0) {
      GiveUp(bus, RefusedByStatus(i, servo.status));
      return false;
    }
    const std::int32_t at = bus.samples[i].position_raw;
    if (TicksApart(at, position_[i]) > allowed) {
      GiveUp(bus, Refuse(BusRefusal::kMovedOnEnable, i, reg::kPosition, position_[i], at));
      return false;
    }
  }
  return in_sight;
}

void TorqueOn::GiveUp(BusContext& bus, const BusOperationResult& why) noexcept {
  why_ = why;
  Enter(bus, Phase::kUnwind);
  if (energised_ == 0) Finish(bus, false);
}

void TorqueOn::AfterUnwind(BusContext& bus) noexcept {
  JointMask open = 0;
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if (!IsIn(energised_, i)) continue;
    if (!fresh_.Has(bus, i) || bus.servos[i].working.torque_enable != 0) open |= MaskOf(i);
  }
  why_.left = open;
  if (open == 0 || SearchedEnough(bus)) Finish(bus, false);
}

void TorqueOn::Finish(BusContext& bus, bool success) noexcept {
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if (!IsIn(joints_, i)) continue;
    ServoState& servo = bus.servos[i];
    servo.in_operation = servo.goals_barred = servo.settles = false;
    if (!success) {
      // Where it stands now is where it starts from; latched faults stay.
      servo.expected_known = false;
      servo.goal_valid = servo.goal_valid && !IsIn(energised_, i);
      DoubtWorking(servo);
      continue;
    }
    servo.expected = servo.working;
    servo.expected_known = servo.verified = true;
    servo.own_limit = servo.own_limit_before = limit_[i];
    servo.doubt = false;
    servo.goal_mismatches = 0;
    if (!energises_) continue;
    servo.latched = {};
    servo.acknowledged_status = 0;
    servo.release_wanted_since = {};
    if (!IsIn(energised_, i) || servo.goal_let_go) continue;
    servo.goal_valid = true;
    servo.goal_raw = goal_[i];
    servo.goal_rewrite = false;
    servo.goal_sent_at = bus.clock.Now();
  }
  if (success) why_.done = joints_;
  if (success && why_.refusal == BusRefusal::kNone) {
    Succeed(joints_);
  } else {
    Fail(why_);
  }
}

}  // namespace soarm::servo::feetech
