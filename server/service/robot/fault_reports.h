#pragma once

#include <vector>

#include "server/core/device.h"
#include "server/core/robot.h"
#include "server/service/edge/robot_view.h"
#include "soarm/v1/robot.pb.h"

namespace soarm {

// What is wrong with a device though it is open; its subject is "bus/arm".
std::vector<v1::FaultReport> FaultReportsOf(const DeviceInfo& device);

// What is wrong with the joints of `group`, one report for each fault of each joint. Where nothing
// answers from one joint to the end of the chain, that is one report, which names the plug.
std::vector<v1::FaultReport> FaultReportsOf(const GroupInfo& group, const RobotView& view);

}  // namespace soarm
