#include "server/servo/torque_checks.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "server/servo/registers.h"

namespace soarm::servo {
namespace {

constexpr std::int32_t kPositionMode = 0;
constexpr std::int32_t kSpeedMode = 1;
// Above what any of these servos can do, in step/s: the limit is the motor.
constexpr std::int32_t kHighSpeed = 7500;
constexpr std::int32_t kCoarseSpeedUnit = 50;

BusOperationResult About(BusRefusal refusal, std::size_t joint, const Register& reg,
                         std::int32_t wanted, std::int32_t found) noexcept {
  return {.refusal = refusal,
          .joint = static_cast<JointIndex>(joint),
          .register_address = reg.address,
          .wanted = wanted,
          .found = found};
}

}  // namespace

std::optional<BusOperationResult> CheckStored(const BusContext& bus, std::size_t joint,
                                              std::uint8_t first,
                                              std::span<const std::uint8_t> image) noexcept {
  const ServoState& servo = bus.servos[joint];
  const bool wheel = servo.kind == JointKind::kVelocity;
  const struct {
    const Register& reg;
    std::int32_t wanted;
  } checks[] = {
      {reg::kMinPosition, servo.stored.min_position},
      {reg::kMaxPosition, servo.stored.max_position},
      {reg::kOffset, servo.stored.offset},
      {reg::kMode, wheel ? kSpeedMode : kPositionMode},
  };
  for (const auto& check : checks) {
    const std::int32_t found = DecodeFrom(check.reg, first, image);
    if (found == check.wanted) continue;
    return About(BusRefusal::kCalibrationDiffers, joint, check.reg, check.wanted, found);
  }
  return std::nullopt;
}

std::optional<BusOperationResult> CheckFeedback(const BusContext& bus, std::size_t joint,
                                                int seam_ticks) noexcept {
  const ServoState& servo = bus.servos[joint];
  const JointSample& sample = bus.samples[joint];
  const auto supply = static_cast<std::int32_t>(std::lround(sample.voltage_v * 10));
  if (supply > servo.stored.max_voltage) {
    return About(BusRefusal::kSupplyOutside, joint, reg::kMaxVoltage, servo.stored.max_voltage,
                 supply);
  }
  if (supply < servo.stored.min_voltage) {
    return About(BusRefusal::kSupplyOutside, joint, reg::kMinVoltage, servo.stored.min_voltage,
                 supply);
  }
  if ((servo.status & ~servo.acknowledged_status) != 0) {
    return About(BusRefusal::kServoFault, joint, reg::kStatus, 0, servo.status);
  }
  if (servo.kind == JointKind::kVelocity) return std::nullopt;
  const JointModel& model = bus.models[joint];
  const std::int32_t at = sample.position_raw;
  if (at < model.lower_raw) {
    return About(BusRefusal::kOutsideRange, joint, reg::kMinPosition, model.lower_raw, at);
  }
  if (at > model.upper_raw) {
    return About(BusRefusal::kOutsideRange, joint, reg::kMaxPosition, model.upper_raw, at);
  }
  const std::int32_t last = kTicksPerTurn - 1;
  if (at < seam_ticks || at > last - seam_ticks) {
    return About(BusRefusal::kNearSeam, joint, reg::kPosition,
                 at < seam_ticks ? seam_ticks : last - seam_ticks, at);
  }
  return std::nullopt;
}

std::int32_t FastestAcceleration() noexcept { return 254; }

std::int32_t FastestSpeed(const ServoState& servo) noexcept {
  if ((servo.stored.phase & kPhaseZeroSpeedIsMax) != 0) return 0;
  return (servo.stored.phase & kPhaseFineSpeedUnit) != 0 ? kHighSpeed
                                                         : kHighSpeed / kCoarseSpeedUnit;
}

bool TookAcceleration(const ServoState& servo, std::int32_t wanted) noexcept {
  const std::int32_t found = servo.working.acceleration;
  const std::int32_t cap = servo.stored.max_acceleration;
  return found == wanted || (cap > 0 && found == std::min(wanted, cap));
}

std::int32_t TicksApart(std::int32_t a, std::int32_t b) noexcept {
  const std::int32_t apart = std::abs(a - b) % kTicksPerTurn;
  return std::min(apart, kTicksPerTurn - apart);
}

}  // namespace soarm::servo
