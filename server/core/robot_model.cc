#include "server/core/robot_model.h"

#include <algorithm>
#include <array>

namespace soarm {
namespace {

constexpr std::array<std::string_view, 5> kModelNames = {"so101", "so101_leader", "so100",
                                                         "so100_leader", "lekiwi"};
constexpr std::array<std::string_view, 6> kArmJoints = {
    "shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll", "gripper"};
constexpr std::array<std::string_view, 3> kWheels = {"left_wheel", "back_wheel", "right_wheel"};

void AddArm(RobotModel& model, std::string_view group, Role role) {
  JointMask mask = 0;
  for (const std::string_view name : kArmJoints) {
    JointModel joint;
    joint.name = name;
    joint.servo_id = static_cast<std::uint8_t>(model.joints.size() + 1);
    joint.is_gripper = name == "gripper";
    joint.full_turn = name == "wrist_roll";
    mask |= MaskOf(model.joints.size());
    model.joints.push_back(joint);
    JointLimits limits;
    if (joint.is_gripper) {
      limits.velocity_rad_s = 4.0;
      limits.acceleration_rad_s2 = 40.0;
    }
    model.limits.push_back(limits);
  }
  model.groups.push_back({group, JointKind::kPosition, role, mask});
}

void AddBase(RobotModel& model) {
  JointMask mask = 0;
  for (const std::string_view name : kWheels) {
    JointModel joint;
    joint.name = name;
    joint.servo_id = static_cast<std::uint8_t>(model.joints.size() + 1);
    joint.kind = JointKind::kVelocity;
    joint.full_turn = true;
    mask |= MaskOf(model.joints.size());
    model.joints.push_back(joint);
    JointLimits limits;
    limits.velocity_rad_s = 4.6;
    limits.acceleration_rad_s2 = 15.0;
    limits.margin_rad = 0;
    model.limits.push_back(limits);
  }
  model.groups.push_back({"base", JointKind::kVelocity, Role::kBase, mask});
}

}  // namespace

std::optional<RobotModel> FindRobotModel(std::string_view name) {
  RobotModel model;
  for (const std::string_view known : kModelNames) {
    if (known == name) model.name = known;
  }
  if (model.name.empty()) return std::nullopt;
  const bool leader = name.ends_with("_leader");
  AddArm(model, leader ? "leader" : "arm", leader ? Role::kLeader : Role::kFollower);
  if (name == "lekiwi") AddBase(model);
  return model;
}

std::span<const std::string_view> RobotModelNames() { return kModelNames; }

double AccelerationLimit(const JointModel& joint, const JointLimits& limits) noexcept {
  const double servo = joint.servo_acceleration_rad_s2;
  return servo > 0 ? std::min(servo, limits.acceleration_rad_s2) : limits.acceleration_rad_s2;
}

JointRange UsableRange(const JointModel& joint, const JointLimits& limits) noexcept {
  JointModel clear = joint;
  clear.lower_raw = std::max(joint.lower_raw, kSeamMargin_ticks);
  clear.upper_raw = std::min(joint.upper_raw, kTicksPerTurn - 1 - kSeamMargin_ticks);
  JointRange range;
  range.lower_rad = std::max(joint.lower_rad() + limits.margin_rad, clear.lower_rad());
  range.upper_rad = std::min(joint.upper_rad() - limits.margin_rad, clear.upper_rad());
  if (range.lower_rad > range.upper_rad) {  // a range narrower than its margins: stay inside
    range.lower_rad = range.upper_rad =
        std::clamp((range.lower_rad + range.upper_rad) / 2.0, joint.lower_rad(), joint.upper_rad());
  }
  return range;
}

JointRange NarrowedRange(const JointRange& usable, const JointLimits& limits) noexcept {
  JointRange range;
  range.lower_rad = std::clamp(limits.lower_rad, usable.lower_rad, usable.upper_rad);
  range.upper_rad = std::clamp(limits.upper_rad, range.lower_rad, usable.upper_rad);
  return range;
}

bool LeavesRoom(const JointRange& usable, const JointLimits& limits) noexcept {
  return limits.lower_rad <= usable.upper_rad && limits.upper_rad >= usable.lower_rad;
}

}  // namespace soarm
