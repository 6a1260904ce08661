#include "server/servo/bus/joint_role.h"

namespace soarm::servo {

Role RoleOf(const RobotModel& robot, std::uint8_t servo_id) noexcept {
  for (std::size_t i = 0; i < robot.joints.size(); ++i) {
    if (robot.joints[i].servo_id != servo_id) continue;
    for (const GroupModel& group : robot.groups) {
      if ((group.joints & MaskOf(i)) != 0) return group.role;
    }
  }
  return Role::kUnknown;
}

}  // namespace soarm::servo
