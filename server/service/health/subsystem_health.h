#pragma once

#include <string_view>

#include "server/core/robot.h"

namespace soarm {

enum class Health : std::uint8_t { kServing, kNotServing, kUnknownName };

// How a subsystem is doing.
//
//   name          serving while
//   ""            every bus is open and its control loop ticks
//   "control"     every control loop ticks, and at least one bus is open
//   "bus/<name>"  that bus is open and its control loop ticks
Health SubsystemHealth(const Robot& robot, std::string_view name, MonoTime now);

}  // namespace soarm
