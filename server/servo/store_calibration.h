#pragma once

#include "server/servo/operation.h"

namespace soarm::servo {

// kStoreCalibration: range (registers 9 to 12) and offset (31) of each joint into its flash.
//
//   phase        does                                                    fails with
//   kVerify      one fresh reading of all servos: every one is limp      kNotLimp kServoMissing
//   kCompare     reads a joint's stored registers: what is there is not  kServoMissing
//                written again, flash wears out
//   kUnlock      lock := 0, reads it back: a value written under the     kReadBackDiffers
//                lock works until the servo is switched off, and only
//                then turns out to be lost
//   kWrite       one write per tick and pause
//   kCheck       reads the stored registers back                         kReadBackDiffers
//   kLock        lock := 1, reads it back; also after a failure          kReadBackDiffers
//
// After each write to the flash the bus is left alone for kFlashPause. The servos it changed are
// then unknown to the driver, so that the bus is opened anew.
class StoreCalibration final : public Operation {
 public:
  // Erasing takes tens of milliseconds on this family (an estimate; the vendor gives none).
  static constexpr Nanos kFlashPause = std::chrono::milliseconds(150);
  static constexpr int kTries = 8;       // of the lock
  static constexpr int kFlashTries = 2;  // of what is stored: flash wears out

  void Start(BusContext& bus, const BusOperationRequest& request) noexcept override;
  void AfterTick(BusContext& bus, const BusTick& tick) noexcept override;
  Step Next(BusContext& bus) noexcept override;
  void Take(BusContext& bus, const Step& step, const Answer& answer) noexcept override;
  MonoTime quiet_until() const noexcept override { return quiet_until_; }

 private:
  enum class Phase : std::uint8_t { kVerify, kCompare, kUnlock, kWrite, kCheck, kLock };
  // The registers of one joint, as bits of a set.
  static constexpr std::uint8_t kRange = 1;
  static constexpr std::uint8_t kOffset = 2;

  void TakeLock(BusContext& bus, const Step& step, const Answer& answer) noexcept;
  void TakeStored(BusContext& bus, const Answer& answer) noexcept;
  // What of joint_ differs in an image of the stored registers; sets why_ to the last difference.
  std::uint8_t Differences(const Answer& answer) noexcept;
  Step WriteStep() const noexcept;
  void Enter(BusContext& bus, Phase phase) noexcept;
  void NextJoint(BusContext& bus) noexcept;
  // Locks the servo again, then fails.
  void GiveUp(BusContext& bus, const BusOperationResult& why) noexcept;
  void Finish(BusContext& bus, bool success) noexcept;

  Phase phase_ = Phase::kVerify;
  JointMask open_ = 0;     // joints to see to, joint_ included
  JointMask changed_ = 0;  // their flash was written
  std::size_t joint_ = 0;
  std::array<StoredCalibration, kMaxJoints> wanted_{};
  std::uint8_t to_write_ = 0;  // kRange, kOffset
  bool lock_written_ = false;  // in this phase; then it is read back
  int tries_ = 0;              // of the lock
  int flash_tries_ = 0;        // of this joint
  bool failed_ = false;        // why_ says how
  MonoTime quiet_until_{};
  FreshReadings fresh_;
  BusOperationResult why_;
};

}  // namespace soarm::servo
