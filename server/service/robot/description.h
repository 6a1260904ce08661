#pragma once

#include "server/core/robot.h"
#include "server/service/edge/robot_view.h"
#include "soarm/v1/robot.pb.h"

namespace soarm {

// What the robot is made of. Pure.
v1::RobotDescription MakeDescription(const Robot& robot, const RobotView& view);

}  // namespace soarm
