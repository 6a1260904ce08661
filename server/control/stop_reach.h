#pragma once

#include "server/core/robot_model.h"
#include "server/core/state.h"

namespace soarm::control {

// Of `joints`, those that were to stand or be limp since `since` and of which nothing was read back
// that says so: the cycle could not confirm it, the servo has been silent under torque, or the bus
// is away.
JointMask NotReached(const BusState& state, JointMask joints, MonoTime since);

// The joints of a bus that are ever driven.
JointMask DrivenJoints(const RobotModel& model);

}  // namespace soarm::control
