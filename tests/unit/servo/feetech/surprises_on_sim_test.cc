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
