#pragma once

#include "server/servo/feetech/register_operation.h"

namespace soarm::servo::feetech {

// kStoreCalibration: range (registers 9 to 12) and offset (31) of each joint into its flash.
//
//   phase     does                                                        fails with
//   kVerify   one fresh reading of all servos: every one is limp          kNotLimp kServoMissing
//   kCompare  reads a joint's stored registers: does the offset change    kServoMissing
//   kUnlock   lock := 0, reads it back: what is written under the lock    kReadBackDiffers
//             works, and is lost when the servo is switched off
//   kWrite    the range, opened to a whole turn, if the offset changes;   kServoMissing
//             the offset; the range
//   kCheck    reads the stored registers back                             kReadBackDiffers
//   kLock     lock := 1, reads it back; also after a failure              kReadBackDiffers
//
// A whole turn counts as uncalibrated, so that a servo which is lost between two writes is refused
// torque rather than driven within a range that belongs to another offset. What looks stored
// already is written all the same, since it may have been written under the lock.
//
// After each write to the flash the bus is left alone for kFlashPause. The servos it changed are
// then unknown to the driver, so that the bus is opened anew.
class StoreCalibration final : public RegisterOperation {
 public:
  // Erasing takes tens of milliseconds on this family (an estimate; the vendor gives none).
  static constexpr Nanos kFlashPause = std::chrono::milliseconds(150);
  static constexpr int kTries = 8;       // of the lock
  static constexpr int kFlashTries = 2;  // of what is stored: flash wears out

  void Start(BusContext& bus, const BusOperationRequest& request) noexcept override;
  void AfterTick(BusContext& bus, const BusTick& tick) noexcept override;
  Step Next(BusContext& bus) noexcept override;
  void Take(BusContext& bus, const Step& step, const Answer& answer) noexcept override;
  bool yields_to_release() const noexcept override { return phase_ == Phase::kVerify; }
  MonoTime quiet_until() const noexcept override { return quiet_until_; }

 private:
  enum class Phase : std::uint8_t { kVerify, kCompare, kUnlock, kWrite, kCheck, kLock };
  enum class Write : std::uint8_t { kWholeTurn, kOffset, kRange };

  void TakeLock(BusContext& bus, const Step& step, const Answer& answer) noexcept;
  void TakeWrite(BusContext& bus, const Answer& answer) noexcept;
  void TakeCompare(BusContext& bus, const Answer& answer) noexcept;
  void TakeCheck(BusContext& bus, const Answer& answer) noexcept;
  Step LockStep() const noexcept;
  Step WriteStep() const noexcept;
  void Enter(BusContext& bus, Phase phase) noexcept;
  void NextJoint(BusContext& bus) noexcept;
  // Locks the servo again, then fails.
  void GiveUp(BusContext& bus, const BusOperationResult& why) noexcept;
  void GiveUpIfSearchedEnough(BusContext& bus) noexcept;
  void Finish(BusContext& bus, const BusOperationResult* why) noexcept;

  Phase phase_ = Phase::kVerify;
  JointMask open_ = 0;     // joints to see to, joint_ included
  JointMask changed_ = 0;  // their flash was written
  std::size_t joint_ = 0;
  std::array<StoredCalibration, kMaxJoints> wanted_{};
  Write write_ = Write::kRange;  // the next one, in kWrite
  bool lock_written_ = false;    // in this phase; then it is read back
  int tries_ = 0;                // of the lock, in this phase
  int flash_tries_ = 0;          // of this joint
  bool failed_ = false;          // why_ says how
  MonoTime quiet_until_{};
  FreshReadings fresh_;
  BusOperationResult why_;
};

}  // namespace soarm::servo::feetech
