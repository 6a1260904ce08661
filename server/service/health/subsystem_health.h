#pragma once

#include <string_view>

#include "server/core/robot.h"

namespace soarm {

enum class Health : std::uint8_t { kServing, kNotServing, kUnknownName };

// How a subsystem is doing.
//
//   name          serving while
//   ""            every device is open and its thread works
//   "control"     every control loop ticks, and at least one bus is open
//   "bus/<name>"  that device is open and its thread works: a bus, its control loop
Health SubsystemHealth(const Robot& robot, std::string_view name, MonoTime now);

}  // namespace soarm
