#pragma once

#include <cstdint>
#include <span>

#include "server/core/joint.h"
#include "server/servo/feetech/servo_state.h"

namespace soarm::servo::feetech {

// Of the status byte.
inline constexpr std::uint8_t kStatusSupply = 0x01;
inline constexpr std::uint8_t kStatusEncoder = 0x02;
inline constexpr std::uint8_t kStatusTemperature = 0x04;
// The servo has switched itself off, and shows it until switched on.
inline constexpr std::uint8_t kStatusOverCurrent = 0x08;
inline constexpr std::uint8_t kStatusOverload = 0x20;
// Not described by the maker for these servos (of others bit 4 is the angle). Bit 7 is never set:
// an answer with it is rubble (sts_protocol.cc).
inline constexpr std::uint8_t kStatusOther = 0x50;

// The named faults behind a status byte.
FaultSet FaultsOfStatus(std::uint8_t status) noexcept;

// Status bits while which goals must not be written. Over-current: the servo has switched itself
// off, and a goal would switch it on again. Encoder and temperature: output is off or blind, and
// a goal would act as a jump when it returns. Supply: only if the servo is set to act on it
// (register 19); by default it merely flags, and a sag must not freeze the arm. Overload is not
// among them: a goal on the relieving side is what ends it, see GoalRelieves().
std::uint8_t BlockingStatus(const ServoState& servo) noexcept;
std::uint8_t BlockingStatus(const ServoState& servo, std::uint8_t status) noexcept;

// Fills what the answer covers: `block` is what was asked, `data` the bytes from its address on.
// Registers outside it keep their old value in `sample`.
void DecodeFeedback(const JointModel& joint, const ServoState& servo, Block block,
                    std::span<const std::uint8_t> data, JointSample& sample) noexcept;

}  // namespace soarm::servo::feetech
