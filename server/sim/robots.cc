#include "server/sim/robots.h"

#include <algorithm>
#include <array>

#include "common/base/units.h"
#include "server/core/robot_model.h"

namespace soarm::sim {
namespace {

struct ArmJointFigures {
  double lower_stop_rad;
  double upper_stop_rad;
  double rest_rad;
  int range_min;  // registers 9 and 11 of a calibrated arm
  int range_max;
  int offset;  // register 31: where the magnet happened to be glued
};

// A calibration records how far each joint could be moved by hand, which is to its hard stops and,
// leaning on them, kLean ticks further: an arm that fell onto a stop still stands inside its
// range. The rest pose is the folded one that arms are put down in.
constexpr int kLean = 4;
constexpr std::array<ArmJointFigures, kArmJoints> kArm = {{
    {-2.06, 2.06, 0.0, 700, 3394, -710},
    {-1.88, 1.88, -1.60, 817, 3277, 1032},
    {-1.69, 1.69, 1.50, 941, 3153, -123},
    {-1.80, 1.80, 0.90, 870, 3224, 1200},
    {-2.84, 2.84, 0.0, 0, 4095, 411},
    {-0.2094, 1.745, -0.10, 2026, 3308, -1344},
}};
constexpr std::size_t kGripper = 5;
constexpr std::array<MotorVariant, kArmJoints> kSo101LeaderMotors = {
    MotorVariant::kC044, MotorVariant::kC001, MotorVariant::kC044,
    MotorVariant::kC046, MotorVariant::kC046, MotorVariant::kC046};
constexpr double kLeaderSupply_v = 5.0;
// Register 85 of a servo that LeRobot has configured once.
constexpr std::uint8_t kConfiguredAcceleration = 254;
constexpr double kWheelInertia_kg_m2 = 0.004;

// The position register at joint angle zero: the middle of the range, and for the gripper so
// that its closed stop reads what the calibration leaned on.
double ZeroTicks(std::size_t joint, const ArmJointFigures& figures) {
  if (joint == kGripper) {
    return figures.range_min + kLean - figures.lower_stop_rad / kRadPerTick;
  }
  return (figures.range_min + figures.range_max) / 2.0;
}

MotorVariant ArmMotor(std::string_view robot, std::size_t joint) {
  if (robot == "so101_leader") return kSo101LeaderMotors[joint];
  return robot == "so100_leader" ? MotorVariant::kC001 : MotorVariant::kC018;
}

RobotJoint ArmJoint(std::string_view robot, std::size_t index, bool calibrated) {
  const ArmJointFigures& figures = kArm[index];
  RobotJoint joint;
  joint.servo.variant = ArmMotor(robot, index);
  joint.servo.magnet_at_zero_ticks = ZeroTicks(index, figures) + figures.offset;
  if (calibrated) {
    joint.servo.offset_ticks = figures.offset;
    joint.servo.min_angle_ticks = static_cast<std::uint16_t>(figures.range_min);
    joint.servo.max_angle_ticks = static_cast<std::uint16_t>(figures.range_max);
    joint.servo.max_acceleration = kConfiguredAcceleration;
  }
  joint.body.mechanics = ConstantsOf(joint.servo.variant).mechanics;
  joint.body.mechanics.lower_stop_rad = figures.lower_stop_rad;
  joint.body.mechanics.upper_stop_rad = figures.upper_stop_rad;
  joint.body.start_rad = figures.rest_rad;
  return joint;
}

RobotJoint WheelJoint(bool calibrated) {
  RobotJoint joint;
  joint.servo.variant = MotorVariant::kC018;
  joint.servo.mode = calibrated ? 1 : 0;
  joint.servo.max_acceleration = calibrated ? kConfiguredAcceleration : 0;
  joint.body.mechanics = ConstantsOf(joint.servo.variant).mechanics;
  joint.body.mechanics.inertia_kg_m2 += kWheelInertia_kg_m2;
  return joint;
}

}  // namespace

std::optional<Robot> FindRobot(std::string_view name, const FirmwareOptions& firmware,
                               bool calibrated) {
  const std::optional<RobotModel> model = FindRobotModel(name);
  if (!model) return std::nullopt;
  Robot robot;
  robot.name = name;
  if (name.ends_with("_leader")) robot.supply_v = kLeaderSupply_v;
  for (std::size_t i = 0; i < model->joints.size(); ++i) {
    RobotJoint joint = i < kArmJoints ? ArmJoint(name, i, calibrated) : WheelJoint(calibrated);
    joint.name = model->joints[i].name.view();
    joint.servo.id = model->joints[i].servo_id;
    joint.servo.firmware = firmware;
    robot.joints.push_back(std::move(joint));
  }
  return robot;
}

Robot BoxOf(const Robot& robot, int count) {
  Robot box;
  box.name = robot.name;
  box.supply_v = robot.supply_v;
  box.has_arm = false;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    RobotJoint loose;
    const ServoSpec& built_in = robot.joints[i % robot.joints.size()].servo;
    loose.servo.variant = built_in.variant;
    loose.servo.firmware = built_in.firmware;
    loose.servo.id = 1;
    loose.body.mechanics = ConstantsOf(built_in.variant).mechanics;
    loose.attached = false;
    box.joints.push_back(std::move(loose));
  }
  return box;
}

}  // namespace soarm::sim
