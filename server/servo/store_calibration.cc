#include "server/servo/store_calibration.h"

#include <algorithm>
#include <bit>

#include "server/servo/torque_checks.h"
#include "server/servo/working_check.h"

namespace soarm::servo {
namespace {

constexpr Block kLockBlock{reg::kLock.address, reg::kLock.width};

bool IsStorable(const StoredCalibration& wanted) noexcept {
  RegisterBytes bytes;
  return wanted.lower_raw >= 0 && wanted.lower_raw < wanted.upper_raw &&
         wanted.upper_raw < kTicksPerTurn && std::abs(wanted.offset_raw) < kTicksPerTurn / 2 &&
         EncodeRegister(reg::kOffset, wanted.offset_raw, bytes);
}

}  // namespace

void StoreCalibration::Start(BusContext& bus, const BusOperationRequest& request) noexcept {
  Run(bus);
  open_ = request.joints;
  wanted_ = request.calibrations;
  changed_ = 0;
  failed_ = false;
  quiet_until_ = {};
  for (ServoState& servo : bus.servos) servo.in_operation = servo.goals_barred = true;
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if ((open_ & MaskOf(i)) == 0 || IsStorable(wanted_[i])) continue;
    why_ = Refuse(BusRefusal::kOutsideRange, i, reg::kMinPosition, wanted_[i].lower_raw,
                  wanted_[i].upper_raw);
    return Finish(bus, false);
  }
  Enter(bus, Phase::kVerify);
  fresh_.Restart(bus);
}

void StoreCalibration::Enter(BusContext& bus, Phase phase) noexcept {
  phase_ = phase;
  tries_ = 0;
  lock_written_ = false;
  SearchAnew(bus);
}

void StoreCalibration::AfterTick(BusContext& bus, const BusTick& /*tick*/) noexcept {
  if (!running() || phase_ != Phase::kVerify) return;
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if (!fresh_.Has(bus, i)) {
      if (!SearchedEnough(bus)) return;
      why_ = Refuse(BusRefusal::kServoMissing, i);
      return Finish(bus, false);
    }
    const std::int32_t torque = bus.servos[i].working.torque_enable;
    if (torque == 0) continue;
    why_ = Refuse(BusRefusal::kNotLimp, i, reg::kTorqueEnable, 0, torque);
    return Finish(bus, false);
  }
  NextJoint(bus);
}

void StoreCalibration::NextJoint(BusContext& bus) noexcept {
  if (open_ == 0) return Finish(bus, true);
  joint_ = static_cast<std::size_t>(std::countr_zero(open_));
  flash_tries_ = 0;
  Enter(bus, Phase::kCompare);
}

Step StoreCalibration::WriteStep() const noexcept {
  const StoredCalibration& wanted = wanted_[joint_];
  Step step{.kind = Step::Kind::kWrite, .joint = joint_, .value = {}};
  if ((to_write_ & kRange) != 0) {
    // Both ends in one packet: one write to the flash, and no moment with an empty range.
    RegisterBytes upper;
    step.address = reg::kMinPosition.address;
    EncodeRegister(reg::kMinPosition, wanted.lower_raw, step.value);
    EncodeRegister(reg::kMaxPosition, wanted.upper_raw, upper);
    std::copy_n(upper.bytes.begin(), upper.width, step.value.bytes.begin() + step.value.width);
    step.value.width += upper.width;
  } else {
    step.address = reg::kOffset.address;
    EncodeRegister(reg::kOffset, wanted.offset_raw, step.value);
  }
  return step;
}

Step StoreCalibration::Next(BusContext& /*bus*/) noexcept {
  switch (phase_) {
    case Phase::kVerify:
      return {};
    case Phase::kCompare:
    case Phase::kCheck:
      return {.kind = Step::Kind::kRead, .joint = joint_, .block = kStoredBlock, .value = {}};
    case Phase::kUnlock:
    case Phase::kLock: {
      if (lock_written_) {
        return {.kind = Step::Kind::kRead, .joint = joint_, .block = kLockBlock, .value = {}};
      }
      Step step{
          .kind = Step::Kind::kWrite, .joint = joint_, .address = reg::kLock.address, .value = {}};
      EncodeRegister(reg::kLock, phase_ == Phase::kLock ? 1 : 0, step.value);
      return step;
    }
    case Phase::kWrite:
      return WriteStep();
  }
  return {};
}

void StoreCalibration::Take(BusContext& bus, const Step& step, const Answer& answer) noexcept {
  switch (phase_) {
    case Phase::kVerify:
      return;
    case Phase::kUnlock:
    case Phase::kLock:
      return TakeLock(bus, step, answer);
    case Phase::kWrite:
      if (!answer.sent) return;
      changed_ |= MaskOf(joint_);
      quiet_until_ = bus.clock.Now() + kFlashPause;
      to_write_ &= (to_write_ & kRange) != 0 ? std::uint8_t{kOffset} : std::uint8_t{0};
      if (to_write_ == 0) Enter(bus, Phase::kCheck);
      return;
    case Phase::kCompare:
    case Phase::kCheck:
      return TakeStored(bus, answer);
  }
}

void StoreCalibration::TakeLock(BusContext& bus, const Step& step, const Answer& answer) noexcept {
  if (step.kind == Step::Kind::kWrite) {
    lock_written_ = answer.sent;
    return;
  }
  const bool locking = phase_ == Phase::kLock;
  const std::int32_t wanted = locking ? 1 : 0;
  BusOperationResult why = Refuse(BusRefusal::kServoMissing, joint_);
  if (answer.answered) {
    const std::int32_t found = DecodeFrom(reg::kLock, answer.first, answer.bytes());
    if (found == wanted) {
      if (!locking) return Enter(bus, Phase::kWrite);
      open_ &= ~MaskOf(joint_);
      return failed_ ? Finish(bus, false) : NextJoint(bus);
    }
    lock_written_ = false;
    if (++tries_ < kTries) return;
    why = Refuse(BusRefusal::kReadBackDiffers, joint_, reg::kLock, wanted, found);
  } else if (!SearchedEnough(bus)) {
    return;
  }
  if (!locking) return GiveUp(bus, why);
  // The first failure is the one to tell.
  if (!failed_) why_ = why;
  Finish(bus, false);
}

void StoreCalibration::TakeStored(BusContext& bus, const Answer& answer) noexcept {
  if (!answer.answered) {
    if (SearchedEnough(bus)) GiveUp(bus, Refuse(BusRefusal::kServoMissing, joint_));
    return;
  }
  to_write_ = Differences(answer);
  if (phase_ == Phase::kCompare) {
    if (to_write_ != 0) return Enter(bus, Phase::kUnlock);
    open_ &= ~MaskOf(joint_);
    return NextJoint(bus);
  }
  if (to_write_ == 0) return Enter(bus, Phase::kLock);
  if (++flash_tries_ < kFlashTries) return Enter(bus, Phase::kWrite);
  GiveUp(bus, why_);
}

std::uint8_t StoreCalibration::Differences(const Answer& answer) noexcept {
  std::uint8_t differences = 0;
  const auto compare = [&](const Register& reg, std::int32_t wanted, std::uint8_t bit) {
    const std::int32_t found = DecodeFrom(reg, answer.first, answer.bytes());
    if (found == wanted) return;
    differences |= bit;
    why_ = Refuse(BusRefusal::kReadBackDiffers, joint_, reg, wanted, found);
  };
  const StoredCalibration& wanted = wanted_[joint_];
  compare(reg::kMinPosition, wanted.lower_raw, kRange);
  compare(reg::kMaxPosition, wanted.upper_raw, kRange);
  compare(reg::kOffset, wanted.offset_raw, kOffset);
  return differences;
}

void StoreCalibration::GiveUp(BusContext& bus, const BusOperationResult& why) noexcept {
  why_ = why;
  failed_ = true;
  if (phase_ == Phase::kCompare) return Finish(bus, false);
  Enter(bus, Phase::kLock);
}

void StoreCalibration::Finish(BusContext& bus, bool success) noexcept {
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    ServoState& servo = bus.servos[i];
    servo.in_operation = servo.goals_barred = false;
    if ((changed_ & MaskOf(i)) == 0) continue;
    servo.known = false;
    servo.expected_known = false;
    servo.goal_valid = false;
    DoubtWorking(servo);
  }
  if (success) {
    Succeed();
  } else {
    Fail(why_);
  }
}

}  // namespace soarm::servo
