#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "server/core/joint.h"
#include "server/core/register_fact.h"
#include "server/core/robot_model.h"

namespace soarm::servo::feetech {

// Fills what a joint's model takes from the servo's registers (`image`, from address 0): model,
// firmware, range, zero, what its lock and its settings are. Zero is the middle of the range,
// (lower + upper) / 2 rounded down, or for a gripper its closed end, the lower one. A joint whose
// range is empty or the whole turn was never calibrated, unless it is one that turns all the way
// round.
void FillJointFacts(std::span<const std::uint8_t> image, JointModel& joint) noexcept;

// What is unfit of a joint whose calibrated range and configured limits have nothing in common:
// there is no place to which it may be driven. None where they have.
std::optional<RegisterFact> FindNoRoom(const JointModel& joint, const JointLimits& limits) noexcept;

}  // namespace soarm::servo::feetech
