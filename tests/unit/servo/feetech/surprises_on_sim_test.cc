// Answers that surprise, on the simulator's own bus: each is asked for again and costs nobody a
// tick.

#include <gtest/gtest.h>

#include "tests/unit/servo/feetech/simulated_bus.h"

namespace soarm {
namespace {

using std::chrono::milliseconds;

class SurprisesTest : public SimulatedBusTest {
 protected:
  void OpenUnderTorque(Nanos period) {
    SetUpRobot("so101", period);
    Open();
    ASSERT_EQ(Run({.kind = BusOperation::kEnableTorque, .joints = AllJoints()}).phase,
              BusOperationResult::Phase::kDone);
  }
};

TEST_F(SurprisesTest, AnotherProgramThatWritesGoalsAllTheTimeIsHeard) {
  OpenUnderTorque(milliseconds(20));
  for (int i = 0; i < 50; ++i) {
    const int goal = 2000 + 3 * i;
    Write(5, 42, {static_cast<std::uint8_t>(goal), static_cast<std::uint8_t>(goal >> 8)});
    const BusTick tick = Tick();
    ASSERT_EQ(tick.answered, AllJoints()) << i;
    ASSERT_EQ(tick.answers_corrupt, 0U);
    ASSERT_EQ(samples_[4].misses, 0U);
    ASSERT_EQ(samples_[4].goal_raw, goal);
  }
}

TEST_F(SurprisesTest, AllServosThatLoseTheirTorqueAtOnceAreHeardWithinAQuarterSecond) {
  for (const Nanos period : {milliseconds(5), milliseconds(20)}) {
    OpenUnderTorque(period);
    for (int servo = 1; servo <= 6; ++servo) Write(servo, 40, {0});
    TicksFor(milliseconds(150));
    for (const JointSample& sample : samples_) {
      EXPECT_FALSE(sample.torque_on);
      EXPECT_TRUE(sample.faults.Has(Fault::kTorqueLost));
      EXPECT_FALSE(sample.faults.Has(Fault::kQuarantined));
    }
  }
}

TEST_F(SurprisesTest, AJointThatAnotherProgramTellsToBrakeGentlyStopsAllTheSame) {
  OpenUnderTorque(milliseconds(5));
  const int usual = ByteOf(5, 41);
  ASSERT_NE(usual, 1) << "or this shows nothing";
  const auto place = [this] { return world().Truth().servos[4].angle_rad; };
  double goal_rad = place();
  for (int i = 0; i < 60; ++i) {
    goal_rad += 0.0125;  // 2.5 rad/s
    goals_[4] = {.write = true, .value = goal_rad};
    Tick();
  }
  Write(5, 41, {1});
  goals_[4] = {};
  for (int i = 0; i < 400; ++i) {
    Tick();
    EXPECT_NEAR(place(), goal_rad, 0.3) << i;
  }
  EXPECT_EQ(ByteOf(5, 41), usual);
  EXPECT_TRUE(samples_[4].faults.Has(Fault::kGoalMismatch)) << "it is named all the same";
}

TEST_F(SurprisesTest, AKnockedLimpJointIsWhereItIs) {
  SetUpRobot("so101", milliseconds(20));
  Open();
  TicksFor(milliseconds(100));
  ASSERT_TRUE(world().SetJoint(5, 0.8, milliseconds(100)).ok());
  for (int i = 0; i < 20; ++i) {
    const BusTick tick = Tick();
    EXPECT_EQ(tick.answered, AllJoints()) << i;
    EXPECT_EQ(tick.answers_corrupt, 0U);
  }
}

}  // namespace
}  // namespace soarm
