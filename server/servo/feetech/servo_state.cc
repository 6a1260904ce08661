#include "server/servo/feetech/servo_state.h"

#include "server/servo/feetech/registers.h"

namespace soarm::servo::feetech {

StoredRegisters DecodeStored(std::span<const std::uint8_t> image) noexcept {
  const auto read = [image](const Register& reg) { return DecodeFrom(reg, 0, image); };
  return {
      .min_position = read(reg::kMinPosition),
      .max_position = read(reg::kMaxPosition),
      .max_voltage = read(reg::kMaxVoltage),
      .min_voltage = read(reg::kMinVoltage),
      .max_torque = read(reg::kMaxTorque),
      .phase = read(reg::kPhase),
      .unload_mask = read(reg::kUnloadMask),
      .overload_torque = read(reg::kOverloadTorque),
      .protection_current = read(reg::kProtectionCurrent),
      .over_current_time = read(reg::kOverCurrentTime),
      .offset = read(reg::kOffset),
      .mode = read(reg::kMode),
      .return_delay = read(reg::kReturnDelay),
      .response_level = read(reg::kResponseLevel),
      .max_acceleration = read(reg::kMaxAcceleration),
  };
}

WorkingRegisters DecodeWorking(std::uint8_t first, std::span<const std::uint8_t> data) noexcept {
  const auto read = [first, data](const Register& reg) { return DecodeFrom(reg, first, data); };
  return {
      .torque_enable = read(reg::kTorqueEnable),
      .acceleration = read(reg::kAcceleration),
      .goal_position = read(reg::kGoalPosition),
      .goal_speed = read(reg::kGoalSpeed),
      .torque_limit = read(reg::kTorqueLimit),
  };
}

bool IsInOtherMode(const ServoState& servo) noexcept {
  const bool wheel = servo.kind == JointKind::kVelocity;
  return servo.known && servo.stored.mode != (wheel ? kSpeedMode : kPositionMode);
}

bool HoldsNothing(const ServoState& servo) noexcept {
  constexpr int kReversed = kPhaseReversedDrive | kPhaseReversedFeedback;
  return IsInOtherMode(servo) || (servo.known && (servo.stored.phase & kReversed) != 0);
}

}  // namespace soarm::servo::feetech
