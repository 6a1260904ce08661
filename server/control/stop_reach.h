#pragma once

#include "server/core/robot_model.h"
#include "server/core/state.h"

namespace soarm::control {

// Of `joints`, those that a stop at `since` did not reach: the cycle could not confirm a speed 0 or
// torque off, the servo has been silent under torque, or the bus is away. What answers is reached,
// though it may still brake.
JointMask NotReached(const BusState& state, JointMask joints, MonoTime since);

// Of the `joints` of a group that is only read, those that a RELEASE did not reach: all that are
// under torque, as nothing is ever written to them.
JointMask EnergisedJoints(const BusState& state, JointMask joints);

// The joints of a bus that are ever driven.
JointMask DrivenJoints(const RobotModel& model);

}  // namespace soarm::control
