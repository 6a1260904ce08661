#include "server/servo/feetech/store_calibration.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <optional>

#include "server/servo/feetech/torque_checks.h"
#include "server/servo/feetech/working_check.h"

namespace soarm::servo::feetech {
namespace {

constexpr Block kLockBlock{reg::kLock.address, reg::kLock.width};
constexpr std::int32_t kLastTick = kTicksPerTurn - 1;

struct Setting {
  const Register& reg;
  std::int32_t value;
};

std::array<Setting, 3> SettingsOf(const StoredCalibration& wanted) noexcept {
  return {{{reg::kMinPosition, wanted.lower_raw},
           {reg::kMaxPosition, wanted.upper_raw},
           {reg::kOffset, wanted.offset_raw}}};
}

// The setting that the servo could not hold, or that makes no range.
std::optional<RegisterFact> Unstorable(const StoredCalibration& wanted) noexcept {
  constexpr std::int32_t kFurthestOffset = kTicksPerTurn / 2 - 1;
  if (wanted.lower_raw < 0) {
    return FactOf(reg::kMinPosition, 0, wanted.lower_raw, Bound::kAtLeast);
  }
  if (wanted.upper_raw > kLastTick) {
    return FactOf(reg::kMaxPosition, kLastTick, wanted.upper_raw, Bound::kAtMost);
  }
  if (wanted.upper_raw <= wanted.lower_raw) {
    return FactOf(reg::kMaxPosition, wanted.lower_raw + 1, wanted.upper_raw, Bound::kAtLeast);
  }
  if (wanted.offset_raw > kFurthestOffset) {
    return FactOf(reg::kOffset, kFurthestOffset, wanted.offset_raw, Bound::kAtMost);
  }
  if (wanted.offset_raw < -kFurthestOffset) {
    return FactOf(reg::kOffset, -kFurthestOffset, wanted.offset_raw, Bound::kAtLeast);
  }
  return std::nullopt;
}

}  // namespace

void StoreCalibration::Start(BusContext& bus, const BusOperationRequest& request) noexcept {
  Run(bus);
  open_ = request.joints;
  wanted_ = request.calibrations;
  changed_ = 0;
  failed_ = false;
  quiet_until_ = {};
  Enter(bus, Phase::kVerify);
  fresh_.Restart(bus);
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if ((open_ & MaskOf(i)) == 0) continue;
    if (const auto bad = Unstorable(wanted_[i])) {
      return Fail(Refuse(BusRefusal::kBadSetting, i, *bad));
    }
  }
}

void StoreCalibration::Enter(BusContext& bus, Phase phase) noexcept {
  phase_ = phase;
  tries_ = 0;
  lock_written_ = false;
  SearchAnew(bus);
}

void StoreCalibration::AfterTick(BusContext& bus, const BusTick& /*tick*/) noexcept {
  if (!running() || phase_ != Phase::kVerify) return;
  // Torque that is known of counts before silence does.
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    const std::int32_t torque = bus.servos[i].working.torque_enable;
    if (torque != 0) return Fail(Refuse(BusRefusal::kNotLimp, i, reg::kTorqueEnable, 0, torque));
  }
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if (fresh_.Has(bus, i)) continue;
    if (SearchedEnough(bus)) Fail(Refuse(BusRefusal::kServoMissing, i));
    return;
  }
  NextJoint(bus);
}

void StoreCalibration::NextJoint(BusContext& bus) noexcept {
  if (open_ == 0) return Finish(bus, nullptr);
  joint_ = static_cast<std::size_t>(std::countr_zero(open_));
  flash_tries_ = 0;
  Enter(bus, Phase::kCompare);
}

Step StoreCalibration::LockStep() const noexcept {
  if (lock_written_) {
    return {.kind = Step::Kind::kRead, .joint = joint_, .block = kLockBlock, .value = {}};
  }
  Step step{
      .kind = Step::Kind::kWrite, .joint = joint_, .address = reg::kLock.address, .value = {}};
  EncodeRegister(reg::kLock, phase_ == Phase::kLock ? 1 : 0, step.value);
  return step;
}

Step StoreCalibration::WriteStep() const noexcept {
  Step step{.kind = Step::Kind::kWrite, .joint = joint_, .value = {}};
  const StoredCalibration& wanted = wanted_[joint_];
  if (write_ == Write::kOffset) {
    step.address = reg::kOffset.address;
    EncodeRegister(reg::kOffset, wanted.offset_raw, step.value);
    return step;
  }
  // Both ends in one packet: one write to the flash.
  const bool whole_turn = write_ == Write::kWholeTurn;
  RegisterBytes upper;
  step.address = reg::kMinPosition.address;
  EncodeRegister(reg::kMinPosition, whole_turn ? 0 : wanted.lower_raw, step.value);
  EncodeRegister(reg::kMaxPosition, whole_turn ? kLastTick : wanted.upper_raw, upper);
  std::copy_n(upper.bytes.begin(), upper.width, step.value.bytes.begin() + step.value.width);
  step.value.width = static_cast<std::uint8_t>(step.value.width + upper.width);
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
    case Phase::kLock:
      return LockStep();
    case Phase::kWrite:
      return WriteStep();
  }
  return {};
}

void StoreCalibration::Take(BusContext& bus, const Step& step, const Answer& answer) noexcept {
  switch (phase_) {
    case Phase::kVerify:
      return;
    case Phase::kCompare:
      return TakeCompare(bus, answer);
    case Phase::kUnlock:
    case Phase::kLock:
      return TakeLock(bus, step, answer);
    case Phase::kWrite:
      return TakeWrite(bus, answer);
    case Phase::kCheck:
      return TakeCheck(bus, answer);
  }
}

void StoreCalibration::TakeCompare(BusContext& bus, const Answer& answer) noexcept {
  if (!answer.answered) return GiveUpIfSearchedEnough(bus);
  const std::int32_t offset = DecodeFrom(reg::kOffset, answer.first, answer.bytes());
  write_ = offset == wanted_[joint_].offset_raw ? Write::kOffset : Write::kWholeTurn;
  Enter(bus, Phase::kUnlock);
}

void StoreCalibration::TakeWrite(BusContext& bus, const Answer& answer) noexcept {
  if (!answer.sent) return GiveUpIfSearchedEnough(bus);
  changed_ |= MaskOf(joint_);
  quiet_until_ = bus.clock.Now() + kFlashPause;
  if (write_ == Write::kRange) return Enter(bus, Phase::kCheck);
  write_ = write_ == Write::kWholeTurn ? Write::kOffset : Write::kRange;
}

void StoreCalibration::TakeCheck(BusContext& bus, const Answer& answer) noexcept {
  if (!answer.answered) return GiveUpIfSearchedEnough(bus);
  for (const Setting& setting : SettingsOf(wanted_[joint_])) {
    const std::int32_t found = DecodeFrom(setting.reg, answer.first, answer.bytes());
    if (found == setting.value) continue;
    if (++flash_tries_ < kFlashTries) {
      write_ = Write::kWholeTurn;
      return Enter(bus, Phase::kUnlock);
    }
    return GiveUp(bus,
                  Refuse(BusRefusal::kReadBackDiffers, joint_, setting.reg, setting.value, found));
  }
  Enter(bus, Phase::kLock);
}

void StoreCalibration::TakeLock(BusContext& bus, const Step& step, const Answer& answer) noexcept {
  if (step.kind == Step::Kind::kWrite) {
    lock_written_ = answer.sent;
    if (!answer.sent) GiveUpIfSearchedEnough(bus);
    return;
  }
  if (!answer.answered) return GiveUpIfSearchedEnough(bus);
  const bool locking = phase_ == Phase::kLock;
  const std::int32_t wanted = locking ? 1 : 0;
  const std::int32_t found = DecodeFrom(reg::kLock, answer.first, answer.bytes());
  if (found != wanted) {
    lock_written_ = false;
    if (++tries_ < kTries) return;
    return GiveUp(bus, Refuse(BusRefusal::kReadBackDiffers, joint_, reg::kLock, wanted, found));
  }
  if (!locking) return Enter(bus, Phase::kWrite);
  if (failed_) return Finish(bus, &why_);
  open_ &= ~MaskOf(joint_);
  NextJoint(bus);
}

void StoreCalibration::GiveUpIfSearchedEnough(BusContext& bus) noexcept {
  if (SearchedEnough(bus)) GiveUp(bus, Refuse(BusRefusal::kServoMissing, joint_));
}

void StoreCalibration::GiveUp(BusContext& bus, const BusOperationResult& why) noexcept {
  // A servo that could not be locked again is what has to be known.
  if (phase_ == Phase::kCompare || phase_ == Phase::kLock) return Finish(bus, &why);
  why_ = why;
  failed_ = true;
  Enter(bus, Phase::kLock);
}

void StoreCalibration::Finish(BusContext& bus, const BusOperationResult* why) noexcept {
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    ServoState& servo = bus.servos[i];
    if ((changed_ & MaskOf(i)) == 0) continue;
    servo.known = false;
    servo.expected_known = false;
    servo.goal_valid = false;
    DoubtWorking(servo);
  }
  if (why == nullptr) {
    Succeed();
  } else {
    Fail(*why);
  }
}

}  // namespace soarm::servo::feetech
