#include "tests/adversary/stage/setting.h"

#include <array>
#include <string_view>
#include <utility>

namespace soarm::adversary {
namespace {

constexpr double kGentle = 0.05;
constexpr std::uint8_t kSoftGain = 16;  // of 32

BusSetting MakeBus(const Setting& setting, std::string name, std::string_view robot,
                   std::string_view group = {}) {
  BusSetting bus{std::move(name), *FindRobotModel(robot),
                 *sim::FindRobot(robot, setting.firmware, true)};
  if (!group.empty()) bus.model.groups[0].name = group;
  if (setting.gentle) {
    for (JointLimits& limits : bus.model.limits) limits.acceleration_rad_s2 *= kGentle;
  }
  if (setting.soft) {
    for (sim::RobotJoint& joint : bus.robot.joints) joint.servo.position_p = kSoftGain;
  }
  return bus;
}

// What the judge believes of a joint. It stands here as numbers, since a mistake in what works them
// out for the daemon must not be able to excuse itself. The ranges are those of the simulator's
// calibrated arm, less two degrees at each end, or 64 ticks from the seam of a whole turn.
struct Belief {
  std::string_view name;
  Kind kind;
  double zero_ticks;
  double lower_rad;
  double upper_rad;
  double velocity_rad_s;
  double acceleration_rad_s2;
};
constexpr std::array<Belief, 9> kBeliefs = {{
    {"shoulder_pan", Kind::kPosition, 2047, -2.0314, 2.0314, 3.0, 30},
    {"shoulder_lift", Kind::kPosition, 2047, -1.8519, 1.8519, 3.0, 30},
    {"elbow_flex", Kind::kPosition, 2047, -1.6617, 1.6617, 3.0, 30},
    {"wrist_flex", Kind::kPosition, 2047, -1.7706, 1.7706, 3.0, 30},
    {"wrist_roll", Kind::kPosition, 2047, -3.0419, 3.0434, 3.0, 30},
    {"gripper", Kind::kPosition, 2026, 0.0349, 1.9317, 4.0, 40},
    {"left_wheel", Kind::kVelocity, 2048, 0, 0, 4.6, 15},
    {"back_wheel", Kind::kVelocity, 2048, 0, 0, 4.6, 15},
    {"right_wheel", Kind::kVelocity, 2048, 0, 0, 4.6, 15},
}};
constexpr std::size_t kArmJoints = 6;

// A group of a bus, by what the bus carries.
struct Part {
  std::string group;
  Kind kind = Kind::kPosition;
  bool writable = true;
};
std::vector<Part> PartsOf(const std::string& robot, std::size_t bus) {
  if (robot == "so101" || robot == "so100") return {{"arm"}};
  if (robot == "lekiwi") return {{"arm"}, {"base", Kind::kVelocity}};
  if (robot == "two_arms") return {{bus == 0 ? "left_arm" : "right_arm"}};
  if (robot == "so101+so101_leader" && bus == 0) return {{"arm"}};
  return {{"leader", Kind::kPosition, false}};
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
    std::uint8_t servo_id = 0;
    for (const Part& part : PartsOf(setting.robot, bus)) {
      scene.groups.push_back(
          {.name = part.group, .bus = bus, .kind = part.kind, .writable = part.writable});
      const bool arm = part.kind == Kind::kPosition;
      for (std::size_t i = arm ? 0 : kArmJoints; i < (arm ? kArmJoints : kBeliefs.size()); ++i) {
        const Belief& belief = kBeliefs[i];
        JointFacts facts;
        facts.name = belief.name;
        facts.group = part.group;
        facts.bus = bus;
        facts.servo_id = ++servo_id;
        facts.kind = belief.kind;
        facts.is_gripper = belief.name == "gripper";
        facts.weightless = belief.name == "shoulder_pan" || belief.name == "wrist_roll";
        facts.zero_ticks = belief.zero_ticks;
        facts.offset_ticks = buses[bus].robot.joints[servo_id - 1U].servo.offset_ticks;
        facts.lower_rad = belief.lower_rad;
        facts.upper_rad = belief.upper_rad;
        facts.give = setting.soft && belief.kind == Kind::kPosition ? 2.0 : 1.0;
        facts.velocity_limit_rad_s = belief.velocity_rad_s;
        facts.acceleration_limit_rad_s2 =
            belief.acceleration_rad_s2 * (setting.gentle ? kGentle : 1.0);
        scene.joints.push_back(std::move(facts));
      }
    }
  }
  return scene;
}

}  // namespace soarm::adversary
