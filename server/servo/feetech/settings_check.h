#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "server/core/joint.h"
#include "server/core/register_fact.h"

namespace soarm::servo::feetech {

// Register 21 (position_p) as servos come, and the least that is driven; LeRobot writes 16.
inline constexpr std::int32_t kFactoryGain = 32;
inline constexpr std::int32_t kLeastGain = 8;

// The first stored setting with which a servo does not do what its goal says, or says it in another
// unit: torque is refused then, and the joint carries kUnfitSetting. None where all fit.
//
//   register                fits
//   operating_mode (33)     0, and 1 on a wheel; carries kWrongMode
//   max_torque (16)         100 and above: with less nothing is held
//   phase (18)              bits 0 and 7 clear: either alone drives away from the goal, ever
//                           faster, both mirror the joint; bit 4 clear on a position joint: else
//                           places are counted over turns
//   position_p (21)         8 and above: with less it is a spring too soft to carry an arm
//   dead_zone (26, 27)      at most 16, the vendor's range: within it nothing is held
//   angle_factor (30)       1: else a tick is another angle
//   speed_p (37)            1 and above on a wheel: else it follows no speed
//   servo_major (3)         not 5, the SCS family: other units, and the high byte first
//
// `image` holds registers from `first` on; what it does not cover fits.
//
// Real time  safe.
std::optional<RegisterFact> FindUnfitSetting(JointKind kind, std::uint8_t first,
                                             std::span<const std::uint8_t> image) noexcept;

}  // namespace soarm::servo::feetech
