#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/sim/gravity_world.h"
#include "server/sim/servo.h"

namespace soarm::sim {

// One joint of a simulated robot and the servo in it.
struct RobotJoint {
  std::string name;
  ServoSpec servo;
  WorldJoint body;
  bool attached = true;  // its plug is in
};

// A robot as it is delivered to the bus: servos in id order, at rest, torque off.
struct Robot {
  std::string name;
  double supply_v = 12.0;
  bool has_arm = true;  // the first six joints
  std::vector<RobotJoint> joints;
};

// "so101", "so101_leader", "so100", "so100_leader", "lekiwi"; nothing for any other name.
// `calibrated` as LeRobot leaves an arm: ranges centred on 2047 and inside the hard stops. Else
// offset 0 and the full range, as the servos come from the factory.
std::optional<Robot> FindRobot(std::string_view name, const FirmwareOptions& firmware,
                               bool calibrated);

// What the same robot's kit contains before it is built: `count` servos as they come from the
// factory, all with id 1, lying on the bench, none of them plugged in.
Robot BoxOf(const Robot& robot, int count);

}  // namespace soarm::sim
