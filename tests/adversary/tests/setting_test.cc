#include "tests/adversary/stage/setting.h"

#include <gtest/gtest.h>

#include "server/safety/limits.h"

namespace soarm::adversary {
namespace {

// What stands as numbers is what the daemon goes by, so that neither changes unnoticed.
TEST(SettingTest, WhatTheJudgeBelievesIsWhatIsConfigured) {
  for (const std::string& robot : RobotNames()) {
    Setting setting;
    setting.robot = robot;
    const std::vector<BusSetting> buses = BusesOf(setting);
    const SceneFacts scene = SceneOf(setting, buses);
    std::size_t at = 0;
    for (std::size_t bus = 0; bus < buses.size(); ++bus) {
      const RobotModel& model = buses[bus].model;
      for (std::size_t i = 0; i < model.joints.size(); ++i, ++at) {
        ASSERT_LT(at, scene.joints.size());
        const JointFacts& facts = scene.joints[at];
        const sim::ServoSpec& servo = buses[bus].robot.joints[i].servo;
        JointModel joint = model.joints[i];
        const bool wheel = joint.kind == JointKind::kVelocity;
        if (!wheel) {
          joint.lower_raw = servo.min_angle_ticks;
          joint.upper_raw = servo.max_angle_ticks;
          joint.zero_ticks =
              joint.is_gripper ? joint.lower_raw : (joint.lower_raw + joint.upper_raw) / 2;
        }
        const TargetLimits limits = LimitsOf(joint, model.limits[i]);
        SCOPED_TRACE(robot + " " + facts.name);
        EXPECT_EQ(facts.name, joint.name.view());
        EXPECT_EQ(facts.servo_id, joint.servo_id);
        EXPECT_EQ(facts.bus, bus);
        EXPECT_EQ(facts.is_gripper, joint.is_gripper);
        EXPECT_EQ(facts.kind == Kind::kVelocity, wheel);
        EXPECT_EQ(facts.zero_ticks, joint.zero_ticks);
        EXPECT_EQ(facts.velocity_limit_rad_s, limits.velocity_rad_s);
        EXPECT_EQ(facts.acceleration_limit_rad_s2, limits.acceleration_rad_s2);
        if (wheel) continue;
        EXPECT_NEAR(facts.lower_rad, limits.lower_rad, 1e-4);
        EXPECT_NEAR(facts.upper_rad, limits.upper_rad, 1e-4);
      }
    }
    EXPECT_EQ(at, scene.joints.size());
  }
}

TEST(SettingTest, OnlyALeaderIsNotToBeWritten) {
  for (const std::string& robot : RobotNames()) {
    Setting setting;
    setting.robot = robot;
    for (const GroupFacts& group : SceneOf(setting, BusesOf(setting)).groups) {
      EXPECT_EQ(group.writable, group.name != "leader") << robot << " " << group.name;
    }
  }
}

}  // namespace
}  // namespace soarm::adversary
