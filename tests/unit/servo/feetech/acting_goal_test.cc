// Which goal a servo acts on when register 42 says another.

#include <cmath>

#include <gtest/gtest.h>

#include "tests/unit/servo/feetech/simulated_bus.h"

namespace soarm {
namespace {

using std::chrono::milliseconds;

class ActingGoalTest : public SimulatedBusTest {
 protected:
  static constexpr std::size_t kJoint = 2;  // elbow_flex, which its own weight bends
  static constexpr int kServo = 3;

  double GoalFromJoint_rad() const {
    return std::abs(samples_[kJoint].goal_rad - samples_[kJoint].position_rad);
  }
  // Another program switches torque on by register 40 alone: the servo holds where it stands.
  void OpenWithTorqueFromElsewhere() {
    Write(kServo, 42, {100, 2});
    Write(kServo, 40, {0});
    clock_.SleepUntil(clock_.Now() + milliseconds(500));
    Write(kServo, 40, {1});
    clock_.SleepUntil(clock_.Now() + milliseconds(500));
    Open();
  }
};

TEST_F(ActingGoalTest, TorqueWithoutAGoalHoldsWhereItCameOnAndNotWhereRegister42Points) {
  OpenWithTorqueFromElsewhere();
  TicksFor(milliseconds(50));
  ASSERT_TRUE(samples_[kJoint].torque_on);
  ASSERT_EQ(WordOf(kServo, 42), 2 * 256 + 100);
  EXPECT_LT(GoalFromJoint_rad(), 0.1);
}

TEST_F(ActingGoalTest, TheFirstGoalOfOursMovesSuchAJointFromWhereItStands) {
  OpenWithTorqueFromElsewhere();
  TicksFor(milliseconds(50));
  const double stood = samples_[kJoint].position_rad;
  goals_[kJoint] = {.write = true, .value = samples_[kJoint].goal_rad};
  TicksFor(milliseconds(500));
  EXPECT_NEAR(samples_[kJoint].position_rad, stood, 0.01) << "its sag is taken up as well";
}

TEST_F(ActingGoalTest, ALoadedJointKeepsItsGoal) {
  Open();
  ASSERT_EQ(Run({.kind = BusOperation::kEnableTorque, .joints = AllJoints()}).phase,
            BusOperationResult::Phase::kDone);
  const std::int32_t goal = samples_[kJoint].goal_raw;
  ASSERT_TRUE(world().SetLoad(kServo, 1.2).ok());
  TicksFor(milliseconds(800));
  ASSERT_GT(GoalFromJoint_rad(), 0.05) << "it sags";
  EXPECT_EQ(samples_[kJoint].goal_raw, goal);
  EXPECT_TRUE(samples_[kJoint].goal_written);
}

TEST_F(ActingGoalTest, AGoalOfAnotherProgramActsAsSoonAsTheJointGoesThere) {
  OpenWithTorqueFromElsewhere();
  TicksFor(milliseconds(50));
  const std::int32_t there = samples_[kJoint].position_raw - 600;
  Write(kServo, 42, {static_cast<std::uint8_t>(there), static_cast<std::uint8_t>(there >> 8)});
  TicksFor(milliseconds(250));
  EXPECT_EQ(samples_[kJoint].goal_raw, there);
}

}  // namespace
}  // namespace soarm
