#pragma once

#include "server/core/robot_model.h"
#include "server/core/state.h"

namespace soarm::control {

// Of `joints`, those that a stop at `since` did not reach: the cycle could not confirm a speed 0 or
// torque off, the servo has been silent under torque, or the bus is away. What answers is reached,
// though it may still brake.
JointMask NotReached(const BusState& state, JointMask joints, MonoTime since);

// The joints of a bus that are ever driven.
JointMask DrivenJoints(const RobotModel& model);

}  // namespace soarm::control
