#pragma once

#include <optional>

#include "server/servo/feetech/register_operation.h"
#include "server/servo/feetech/torque_rise.h"

namespace soarm::servo::feetech {

// kEnableTorque: brings joints under torque without moving them.
//
//   phase     does                                                    refuses or fails with
//   kVerify   reads stored registers 9-33 of each joint, and one      kServoMissing kUncalibrated
//             fresh block of working registers and feedback of all;   kCalibrationDiffers
//             where a torque limit is to rise, waits until no         kSupplyOutside kServoFault
//             goal is further ahead than the present one drives       kOutsideRange kNearSeam
//                                                                     kReadBackDiffers
//   kPrepare  lock := 1, in case a set-up was cut off; acceleration,  kReadBackDiffers
//             speed, torque limit; reads these back
//   kGoal     one joint: goal := position just measured, which alone  kReadBackDiffers
//             may energise it; reads it back                          kServoMissing kOutsideRange
//                                                                     kNearSeam
//   kEnergise the same joint: torque enable := 1; reads both back.    kReadBackDiffers
//             Then the next joint, a pause later
//   kWatch    nothing may move for a while, and all have torque yet   kMovedOnEnable kServoFault
//                                                                     kReadBackDiffers
//   any       sees whether the transport became too slow to drive     kSlowTransport
//   kUnwind   after a failure: releases the joints energised here, reads that back, then fails
//
// Nothing is written before every joint passed kVerify. A joint found under torque is prepared but
// keeps its goal, since giving it the measured one would let it sag, and goes on to get goals: it
// may be braking. From its energising on, each joint's movement is watched in every tick.
//
// kPrepareTorque is the same up to kPrepare, for joints that were found under torque: what is limp
// is left alone, latched faults stay, and goals that a ramp to rest still needs are not barred.
//
// Speed and acceleration are set so that the servo adds as little smoothing of its own as it can
// (the caller's goals are a trajectory already): acceleration 254, its largest, and the highest
// speed; speed 0 is used only where the servo's phase register says that 0 means that.
class TorqueOn final : public RegisterOperation {
 public:
  static constexpr int kTries = 8;  // of a write that reads back differently
  // So long a joint that stands away from its goal takes to tell by its drive which goal acts.
  static constexpr Nanos kTellsItsGoal = std::chrono::milliseconds(350);

  void Start(BusContext& bus, const BusOperationRequest& request) noexcept override;
  void AddToTick(BusContext& bus) noexcept override;
  void AfterTick(BusContext& bus, const BusTick& tick) noexcept override;
  Step Next(BusContext& bus) noexcept override;
  void Take(BusContext& bus, const Step& step, const Answer& answer) noexcept override;
  JointMask to_release() const noexcept override { return energised_; }

 private:
  enum class Phase : std::uint8_t { kVerify, kPrepare, kGoal, kEnergise, kWatch, kUnwind };

  void AfterVerify(BusContext& bus) noexcept;
  void AfterPrepare(BusContext& bus) noexcept;
  void AfterGoal(BusContext& bus) noexcept;
  void AfterEnergise(BusContext& bus) noexcept;
  void AfterWatch(BusContext& bus) noexcept;
  // Whether it is still to be seen that a joint holds the goal with which it got its torque: with
  // some firmware it holds the place where it got that, and may have moved on until then.
  bool Settles(const BusContext& bus, std::size_t joint) const noexcept;
  void AfterUnwind(BusContext& bus) noexcept;
  // The checks of a joint at the end of kVerify; those of one under torque are about its goal.
  std::optional<BusOperationResult> CheckJoint(const BusContext& bus,
                                               std::size_t joint) const noexcept;
  // False when the next step has to wait: a joint that this call energised is out of sight, or the
  // call was given up because one moved.
  bool WatchMovement(BusContext& bus, const BusTick& tick) noexcept;
  // On to the next joint that is not under torque yet, or to kWatch.
  void NextJoint(BusContext& bus) noexcept;
  // kPrepareTorque: one joint's refusal is its own.
  void LeaveOut(BusContext& bus, std::size_t joint, const BusOperationResult& why) noexcept;
  void GiveUp(BusContext& bus, const BusOperationResult& why) noexcept;
  void Finish(BusContext& bus, bool success) noexcept;
  // Whether the process was frozen since the last decision. What was decided and read before is
  // taken back then: a joint may have fallen, or lost its torque.
  bool StoodStill(const BusContext& bus) const noexcept;
  void DecideAnew(BusContext& bus) noexcept;
  // Begins a step: all tries and all patience again.
  void Enter(BusContext& bus, Phase phase) noexcept;
  // Counts a try; true while there are some left.
  bool TryAgain() noexcept { return ++tries_ < kTries; }

  Phase phase_ = Phase::kVerify;
  bool energises_ = true;  // false: kPrepareTorque
  JointMask joints_ = 0;
  JointMask verified_ = 0;   // stored registers seen
  JointMask found_on_ = 0;   // under torque before
  JointMask energised_ = 0;  // by this call
  std::size_t joint_ = 0;    // of kGoal and kEnergise
  bool goal_sent_ = false;
  int tries_ = 0;
  MonoTime decided_at_{};  // what the next tick does
  MonoTime not_before_{};  // the pause between joints, the end of kWatch
  std::int32_t acceleration_[kMaxJoints] = {};
  std::int32_t speed_[kMaxJoints] = {};
  std::int32_t limit_[kMaxJoints] = {};
  std::int32_t goal_[kMaxJoints] = {};      // written when energised
  std::int32_t position_[kMaxJoints] = {};  // where it was then
  TorqueRise rise_;
  FreshReadings fresh_;
  BusOperationResult why_;
};

}  // namespace soarm::servo::feetech
