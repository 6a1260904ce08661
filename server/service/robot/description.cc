#include "server/service/robot/description.h"

#include "server/service/edge/fingerprint.h"
#include "server/service/edge/joint_targets.h"

namespace soarm {
namespace {

v1::GroupRole WireRole(Role role) {
  switch (role) {
    case Role::kUnknown:
      return v1::ROLE_UNKNOWN;
    case Role::kFollower:
      return v1::FOLLOWER;
    case Role::kLeader:
      return v1::LEADER;
    case Role::kLeaderActuated:
      return v1::LEADER_ACTUATED;
    case Role::kBase:
      return v1::BASE;
  }
  return v1::GROUP_ROLE_UNSPECIFIED;
}

void FillJoint(const JointModel& joint, const JointLimits& limits, v1::JointDescription& out) {
  out.set_name(std::string(joint.name.view()));
  out.set_servo_id(joint.servo_id);
  out.set_model_number(joint.model_number);
  if (joint.model_number != 0) {
    out.set_firmware(std::to_string(joint.firmware_major) + "." +
                     std::to_string(joint.firmware_minor));
  }
  out.set_wheel(joint.kind == JointKind::kVelocity);
  out.set_calibrated(joint.calibrated);
  out.set_velocity_limit_rad_s(limits.velocity_rad_s);
  out.set_acceleration_limit_rad_s2(AccelerationLimit(joint, limits));
  out.set_sign(joint.sign);
  if (joint.kind == JointKind::kVelocity) return;
  const JointRange range = AllowedRange(joint, limits);
  out.set_lower_rad(joint.lower_rad());
  out.set_upper_rad(joint.upper_rad());
  out.set_lower_limit_rad(range.lower_rad);
  out.set_upper_limit_rad(range.upper_rad);
  out.set_zero_ticks(joint.zero_ticks);
  out.set_lower_raw(joint.lower_raw);
  out.set_upper_raw(joint.upper_raw);
}

}  // namespace

v1::RobotDescription MakeDescription(const Robot& robot, const RobotView& view) {
  v1::RobotDescription description;
  for (const GroupInfo& group : robot.groups()) {
    v1::GroupDescription& wire = *description.add_groups();
    wire.set_name(group.name);
    wire.set_bus(group.bus_name);
    wire.set_role(WireRole(group.role));
    const auto& joints = view.descriptions[group.bus].joints;
    const std::span<const JointLimits> limits = robot.Limits(group.bus);
    for (std::size_t i = 0; i < joints.size(); ++i) {
      if ((group.joints & MaskOf(i)) == 0) continue;
      FillJoint(joints[i], i < limits.size() ? limits[i] : JointLimits{}, *wire.add_joints());
    }
  }
  const Fingerprints prints = FingerprintOf(robot.groups(), view.descriptions);
  description.set_schema_hash(prints.schema);
  description.set_calibration_hash(prints.calibration);
  description.set_rate_hz(robot.rate_hz());
  return description;
}

}  // namespace soarm
