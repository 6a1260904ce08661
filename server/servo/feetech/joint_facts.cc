#include "server/servo/feetech/joint_facts.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "common/base/units.h"
#include "server/servo/feetech/registers.h"
#include "server/servo/feetech/settings_check.h"

namespace soarm::servo::feetech {
namespace {

constexpr RegisterFact kOpenLock =
    FactOf(reg::kLock, 1, 0, RegisterFact::Bound::kExactly,
           "what any program writes to its settings survives power-off, and wears its flash");

}  // namespace

void FillJointFacts(std::span<const std::uint8_t> image, JointModel& joint) noexcept {
  const auto read = [image](const Register& reg) { return DecodeFrom(reg, 0, image); };
  joint.model_number = static_cast<std::uint16_t>(read(reg::kModel));
  joint.firmware_major = static_cast<std::uint8_t>(read(reg::kFirmwareMajor));
  joint.firmware_minor = static_cast<std::uint8_t>(read(reg::kFirmwareMinor));
  joint.servo_acceleration_rad_s2 =
      read(reg::kMaxAcceleration) * reg::kMaxAcceleration.unit * kRadPerTick;
  if (joint.kind == JointKind::kPosition) {
    const std::int32_t gain = std::clamp(read(reg::kPositionP), kLeastGain, kFactoryGain);
    joint.give = static_cast<double>(kFactoryGain) / gain;
  }
  joint.max_temperature_c = read(reg::kMaxTemperature) * reg::kMaxTemperature.unit;
  joint.unfit = FindUnfitSetting(joint.kind, 0, image).value_or(RegisterFact{});
  joint.lock = kOpenLock;
  if (joint.kind == JointKind::kVelocity) {
    joint.calibrated = true;  // a wheel has no range
    return;
  }
  const std::int32_t lower = read(reg::kMinPosition);
  const std::int32_t upper = read(reg::kMaxPosition);
  const bool empty = lower >= upper;
  const bool full = lower <= 0 && upper >= kTicksPerTurn - 1;
  // Equal ends are no range, which a full turn needs none of; crossed ones send any goal to an end.
  const bool crossed = lower > upper;
  joint.calibrated = upper < kTicksPerTurn && !crossed && (joint.full_turn || (!empty && !full));
  if (empty || upper >= kTicksPerTurn) return;  // the model's whole turn stays
  joint.lower_raw = lower;
  joint.upper_raw = upper;
  joint.zero_ticks = joint.is_gripper ? lower : (lower + upper) / 2;
}

std::optional<RegisterFact> FindNoRoom(const JointModel& joint,
                                       const JointLimits& limits) noexcept {
  constexpr std::string_view kMeaning =
      "its limits in the configuration lie beyond that; mend them, or calibrate it anew";
  const JointRange usable = UsableRange(joint, limits);
  if (joint.kind == JointKind::kVelocity || !joint.calibrated || LeavesRoom(usable, limits)) {
    return std::nullopt;
  }
  const bool above = limits.lower_rad > usable.upper_rad;
  const double least_rad =
      above ? limits.lower_rad + limits.margin_rad : limits.upper_rad - limits.margin_rad;
  const auto wanted =
      static_cast<std::int32_t>(std::lround(std::clamp(joint.RawFromRad(least_rad), -1e6, 1e6)));
  if (above == (joint.sign > 0)) {
    return FactOf(reg::kMaxPosition, wanted, joint.upper_raw, RegisterFact::Bound::kAtLeast,
                  kMeaning);
  }
  return FactOf(reg::kMinPosition, wanted, joint.lower_raw, RegisterFact::Bound::kAtMost, kMeaning);
}

}  // namespace soarm::servo::feetech
