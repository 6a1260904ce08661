// What one answer alone may not make the driver believe.

#include "server/servo/belief.h"

#include <gtest/gtest.h>

namespace soarm::servo {
namespace {

using std::chrono::milliseconds;

class BeliefTest : public testing::Test {
 protected:
  BeliefTest() {
    servo_.known = servo_.expected_known = true;
    servo_.working = {.torque_enable = 1, .goal_position = 2000, .torque_limit = 1000};
    last_.sampled_at = MonoTime{} + std::chrono::seconds(1);
    last_.position_raw = 2000;
    Put(40, 1, 1);
    Put(42, 2, 2000);
    Put(48, 2, 1000);
    Put(56, 2, 2000);
  }
  void Put(int address, int width, int value) {
    for (int i = 0; i < width; ++i) {
      image_[address - kTelling.address + i] = static_cast<std::uint8_t>(value >> 8 * i);
    }
  }
  bool Believes(bool alone, Nanos later = milliseconds(5)) {
    return IsBelievable(joint_, last_, servo_, kTelling, image_, alone, last_.sampled_at + later);
  }

  JointModel joint_;
  JointSample last_;
  ServoState servo_;
  std::array<std::uint8_t, kTelling.count> image_{};
};

TEST_F(BeliefTest, WhatIsAsItWasIsBelieved) {
  EXPECT_TRUE(Believes(false));
  EXPECT_FALSE(servo_.surprise.any);
}

TEST_F(BeliefTest, AJointMovesByWhatItsSpeedAllows) {
  Put(56, 2, 2060);
  EXPECT_FALSE(Believes(false));
  last_.velocity_rad_s = 10;
  EXPECT_TRUE(Believes(false));
}

TEST_F(BeliefTest, ALeapIsBelievedOnceTheServoIsAskedAlone) {
  Put(56, 2, 1887);
  EXPECT_FALSE(Believes(false));
  EXPECT_FALSE(Believes(false)) << "two that collide say the same every time";
  EXPECT_TRUE(Believes(true));
}

TEST_F(BeliefTest, AnotherLeapDoesNotConfirmTheFirst) {
  Put(56, 2, 1887);
  EXPECT_FALSE(Believes(false));
  Put(56, 2, 3000);
  EXPECT_FALSE(Believes(true));
}

TEST_F(BeliefTest, ASurpriseThatIsTakenBackLeavesNothing) {
  Put(56, 2, 1887);
  EXPECT_FALSE(Believes(false));
  Put(56, 2, 2001);
  EXPECT_TRUE(Believes(false));
  Put(56, 2, 1887);
  EXPECT_FALSE(Believes(true));
}

TEST_F(BeliefTest, LostTorqueAndGoalsOfOthersAreAskedForAgain) {
  Put(40, 1, 0);
  EXPECT_FALSE(Believes(false));
  EXPECT_TRUE(Believes(true));
  Put(40, 1, 1);
  Put(42, 2, 1000);
  EXPECT_FALSE(Believes(false));
  Put(42, 2, 1010);
  EXPECT_TRUE(Believes(true)) << "who writes goals writes many";
}

TEST_F(BeliefTest, WhatAnOperationChangesIsNoSurprise) {
  servo_.in_operation = true;
  Put(40, 1, 0);
  EXPECT_TRUE(Believes(false));
}

TEST_F(BeliefTest, AWheelMayBeAnywhere) {
  joint_.kind = servo_.kind = JointKind::kVelocity;
  Put(56, 2, 4000);
  Put(42, 2, 0);
  EXPECT_TRUE(Believes(false));
}

TEST_F(BeliefTest, APlaceThatIsNoneIsNeverBelieved) {
  Put(56, 2, 5000);
  EXPECT_FALSE(Believes(false));
  EXPECT_FALSE(Believes(true));
}

}  // namespace
}  // namespace soarm::servo
