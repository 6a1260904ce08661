#pragma once

#include <vector>

#include "common/time/clock.h"
#include "server/app/simulated_buses.h"
#include "server/config/settings.h"
#include "server/runtime/robot_runtime.h"

namespace soarm {

// One servo bus driver per configured bus, over a tty: a real one, or the far side of a simulated
// bus. Nothing is opened here.
std::vector<RobotRuntime::BusPart> MakeBuses(const Settings& settings,
                                             const SimulatedBuses& simulated, Clock& clock);

}  // namespace soarm
