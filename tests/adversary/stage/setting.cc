#include "tests/adversary/stage/setting.h"

#include <utility>

#include "server/safety/limits.h"

namespace soarm::adversary {
namespace {

BusSetting MakeBus(const Setting& setting, std::string name, std::string_view robot,
                   std::string_view group = {}) {
  BusSetting bus{std::move(name), *FindRobotModel(robot),
                 *sim::FindRobot(robot, setting.firmware, true)};
  if (!group.empty()) bus.model.groups[0].name = group;
  return bus;
}

// The joint as the driver will find it.
JointModel AsRead(const JointModel& model, const sim::ServoSpec& servo) {
  JointModel joint = model;
  if (joint.kind == JointKind::kVelocity) return joint;
  joint.lower_raw = servo.min_angle_ticks;
  joint.upper_raw = servo.max_angle_ticks;
  joint.zero_ticks = joint.is_gripper ? joint.lower_raw : (joint.lower_raw + joint.upper_raw) / 2;
  return joint;
}

}  // namespace

const std::vector<std::string>& RobotNames() {
  static const std::vector<std::string> names = {"so101", "so100", "lekiwi", "so101+so101_leader",
                                                 "two_arms"};
  return names;
}

std::vector<BusSetting> BusesOf(const Setting& setting) {
  std::vector<BusSetting> buses;
  const std::string& robot = setting.robot;
  if (robot == "so101" || robot == "so100" || robot == "lekiwi") {
    buses.push_back(MakeBus(setting, "arm", robot));
  } else if (robot == "so101+so101_leader") {
    buses.push_back(MakeBus(setting, "arm", "so101"));
    buses.push_back(MakeBus(setting, "leader", "so101_leader"));
  } else if (robot == "two_arms") {
    buses.push_back(MakeBus(setting, "left", "so101", "left_arm"));
    buses.push_back(MakeBus(setting, "right", "so101", "right_arm"));
  }
  return buses;
}

SceneFacts SceneOf(const Setting& setting, const std::vector<BusSetting>& buses) {
  SceneFacts scene;
  scene.rate_hz = setting.rate_hz;
  for (std::size_t bus = 0; bus < buses.size(); ++bus) {
    const RobotModel& model = buses[bus].model;
    for (const GroupModel& group : model.groups) {
      scene.groups.push_back(
          {.name = std::string(group.name.view()),
           .bus = bus,
           .kind = group.kind == JointKind::kPosition ? Kind::kPosition : Kind::kVelocity,
           .writable = IsWritable(group.role)});
    }
    for (std::size_t i = 0; i < model.joints.size(); ++i) {
      const JointModel joint = AsRead(model.joints[i], buses[bus].robot.joints[i].servo);
      const TargetLimits limits = LimitsOf(joint, model.limits[i]);
      JointFacts facts;
      facts.name = joint.name.view();
      for (const GroupModel& group : model.groups) {
        if ((group.joints & MaskOf(i)) != 0) facts.group = group.name.view();
      }
      facts.bus = bus;
      facts.servo_id = joint.servo_id;
      facts.kind = joint.kind == JointKind::kPosition ? Kind::kPosition : Kind::kVelocity;
      facts.is_gripper = joint.is_gripper;
      facts.zero_ticks = joint.zero_ticks;
      facts.offset_ticks = buses[bus].robot.joints[i].servo.offset_ticks;
      facts.lower_rad = limits.lower_rad;
      facts.upper_rad = limits.upper_rad;
      facts.velocity_limit_rad_s = limits.velocity_rad_s;
      facts.acceleration_limit_rad_s2 = limits.acceleration_rad_s2;
      scene.joints.push_back(std::move(facts));
    }
  }
  return scene;
}

}  // namespace soarm::adversary
