#pragma once

#include <cstdint>
#include <span>

#include "server/core/joint.h"

namespace soarm::servo::feetech {

// Fills what a joint's model takes from the servo's registers (`image`, from address 0): model,
// firmware, range, zero, what its lock and its settings are. Zero is the middle of the range,
// (lower + upper) / 2 rounded down, or for a gripper its closed end, the lower one. A joint whose
// range is empty or the whole turn was never calibrated, unless it is one that turns all the way
// round.
void FillJointFacts(std::span<const std::uint8_t> image, JointModel& joint) noexcept;

}  // namespace soarm::servo::feetech
