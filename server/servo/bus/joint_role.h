#pragma once

#include <cstdint>

#include "server/core/mode.h"
#include "server/core/robot_model.h"

namespace soarm::servo {

// The role of the group that holds a servo; kUnknown (read-only) for a servo in no group.
Role RoleOf(const RobotModel& robot, std::uint8_t servo_id) noexcept;

}  // namespace soarm::servo
