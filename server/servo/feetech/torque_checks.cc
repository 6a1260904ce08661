#include "server/servo/feetech/torque_checks.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "server/servo/feetech/acting_goal.h"
#include "server/servo/feetech/goal_list.h"
#include "server/servo/feetech/register_operation.h"
#include "server/servo/feetech/registers.h"
#include "server/servo/feetech/settings_check.h"

namespace soarm::servo::feetech {
namespace {

// Above what any of these servos can do, in step/s: the limit is the motor.
constexpr std::int32_t kHighSpeed = 7500;
constexpr std::int32_t kCoarseSpeedUnit = 50;
// 0.15 rad, what a loaded arm sags at most; the limits of motion count with the same.
constexpr std::int32_t kSagTicks = 98;

BusOperationResult About(BusRefusal refusal, std::size_t joint, const RegisterFact& fact) noexcept {
  return {.refusal = refusal, .joint = static_cast<JointIndex>(joint), .fact = fact};
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
    return About(BusRefusal::kCalibrationDiffers, joint, FactOf(check.reg, check.wanted, found));
  }
  if (const auto unfit = FindUnfitSetting(servo.kind, first, image)) {
    return About(BusRefusal::kUnfitSetting, joint, *unfit);
  }
  return std::nullopt;
}

namespace {

std::optional<BusOperationResult> CheckElectrics(const BusContext& bus,
                                                 std::size_t joint) noexcept {
  const ServoState& servo = bus.servos[joint];
  const auto supply = static_cast<std::int32_t>(std::lround(bus.samples[joint].voltage_v * 10));
  if (supply > servo.stored.max_voltage) {
    return About(BusRefusal::kSupplyOutside, joint,
                 FactOf(reg::kMaxVoltage, servo.stored.max_voltage, supply, Bound::kAtMost));
  }
  if (supply < servo.stored.min_voltage) {
    return About(BusRefusal::kSupplyOutside, joint,
                 FactOf(reg::kMinVoltage, servo.stored.min_voltage, supply, Bound::kAtLeast));
  }
  if ((servo.status & ~servo.acknowledged_status) != 0) {
    return RefusedByStatus(joint, servo.status);
  }
  return std::nullopt;
}

// `at` within the calibrated range, give or take `slack`.
std::optional<BusOperationResult> CheckRange(const BusContext& bus, std::size_t joint,
                                             std::int32_t at, std::int32_t slack) noexcept {
  const JointModel& model = bus.models[joint];
  if (at < model.lower_raw - slack) {
    return About(BusRefusal::kOutsideRange, joint,
                 FactOf(reg::kMinPosition, model.lower_raw, at, Bound::kAtLeast));
  }
  if (at > model.upper_raw + slack) {
    return About(BusRefusal::kOutsideRange, joint,
                 FactOf(reg::kMaxPosition, model.upper_raw, at, Bound::kAtMost));
  }
  return std::nullopt;
}

std::optional<BusOperationResult> CheckSeam(std::size_t joint, std::int32_t at,
                                            int seam_ticks) noexcept {
  const std::int32_t last = kTicksPerTurn - 1;
  if (at >= seam_ticks && at <= last - seam_ticks) return std::nullopt;
  const bool low = at < seam_ticks;
  return About(BusRefusal::kNearSeam, joint,
               FactOf(reg::kPosition, low ? seam_ticks : last - seam_ticks, at,
                      low ? Bound::kAtLeast : Bound::kAtMost));
}

}  // namespace

std::optional<BusOperationResult> CheckFeedback(const BusContext& bus, std::size_t joint,
                                                int seam_ticks) noexcept {
  if (auto why = CheckElectrics(bus, joint)) return why;
  return CheckPlace(bus, joint, seam_ticks);
}

std::optional<BusOperationResult> CheckPlace(const BusContext& bus, std::size_t joint,
                                             int seam_ticks) noexcept {
  const ServoState& servo = bus.servos[joint];
  if (servo.kind == JointKind::kVelocity) return std::nullopt;
  const std::int32_t at = bus.samples[joint].position_raw;
  if (auto why = CheckRange(bus, joint, at, 0)) return why;
  // Registers that another program has written since: the servo would go to their nearer end.
  if (!IsInServoRange(servo, at)) {
    const bool below = at < servo.stored.min_position;
    const RegisterFact low =
        FactOf(reg::kMinPosition, servo.stored.min_position, at, Bound::kAtLeast);
    const RegisterFact high =
        FactOf(reg::kMaxPosition, servo.stored.max_position, at, Bound::kAtMost);
    return About(BusRefusal::kOutsideRange, joint, below ? low : high);
  }
  return CheckSeam(joint, at, seam_ticks);
}

std::optional<BusOperationResult> CheckHeld(const BusContext& bus, std::size_t joint,
                                            int seam_ticks) noexcept {
  if (auto why = CheckElectrics(bus, joint)) return why;
  const std::int32_t at = bus.samples[joint].position_raw;
  if (auto why = CheckRange(bus, joint, ActingGoal(bus.servos[joint]), 0)) return why;
  if (auto why = CheckRange(bus, joint, at, kSagTicks)) return why;
  return CheckSeam(joint, at, seam_ticks / 4);
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

}  // namespace soarm::servo::feetech
