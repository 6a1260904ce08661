// What one answer alone may not make the driver believe.

#include "server/servo/feetech/reading.h"

#include <gtest/gtest.h>

#include "server/servo/feetech/sample_decode.h"

namespace soarm::servo::feetech {
namespace {

using std::chrono::milliseconds;

class PlausibilityTest : public testing::Test {
 protected:
  PlausibilityTest() {
    servo_.known = servo_.expected_known = true;
    servo_.working_reads = 1;
    servo_.read_goal = 2000;
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
      image_[address - kConfirmBlock.address + i] = static_cast<std::uint8_t>(value >> 8 * i);
    }
  }
  Plausibility Heard(bool alone, Nanos later = milliseconds(5), Block block = kConfirmBlock) {
    const auto data = std::span(image_).subspan(block.address - kConfirmBlock.address, block.count);
    return Weigh(joint_, last_, servo_,
                 {.block = block,
                  .data = data,
                  .status = status_,
                  .at = last_.sampled_at + later,
                  .alone = alone});
  }
  bool Believes(bool alone, Nanos later = milliseconds(5)) {
    return Heard(alone, later) == Plausibility::kFits;
  }

  JointModel joint_;
  JointSample last_;
  ServoState servo_;
  std::uint8_t status_ = 0;
  std::array<std::uint8_t, kConfirmBlock.count> image_{};
};

TEST_F(PlausibilityTest, WhatIsAsItWasIsBelieved) {
  EXPECT_TRUE(Believes(false));
  EXPECT_FALSE(servo_.surprise.any);
}

TEST_F(PlausibilityTest, AJointMovesByWhatItsSpeedAllows) {
  Put(56, 2, 2045);
  EXPECT_FALSE(Believes(false));
  last_.velocity_rad_s = 10;
  EXPECT_TRUE(Believes(false));
}

TEST_F(PlausibilityTest, ALeapIsBelievedOnceTheServoIsAskedAlone) {
  Put(56, 2, 1887);
  EXPECT_FALSE(Believes(false));
  EXPECT_FALSE(Believes(false)) << "two that collide say the same every time";
  EXPECT_TRUE(Believes(true));
}

TEST_F(PlausibilityTest, AnotherLeapDoesNotConfirmTheFirst) {
  Put(56, 2, 1887);
  EXPECT_FALSE(Believes(false));
  Put(56, 2, 3000);
  EXPECT_FALSE(Believes(true));
}

TEST_F(PlausibilityTest, ASurpriseThatIsTakenBackLeavesNothing) {
  Put(56, 2, 1887);
  EXPECT_FALSE(Believes(false));
  Put(56, 2, 2001);
  EXPECT_TRUE(Believes(false));
  Put(56, 2, 1887);
  EXPECT_FALSE(Believes(true));
}

TEST_F(PlausibilityTest, LostTorqueAndGoalsOfOthersAreAskedForAgain) {
  Put(40, 1, 0);
  EXPECT_FALSE(Believes(false));
  EXPECT_TRUE(Believes(true));
  Put(40, 1, 1);
  Put(42, 2, 1000);
  EXPECT_FALSE(Believes(false));
  Put(42, 2, 1010);
  EXPECT_TRUE(Believes(true)) << "who writes goals writes many";
}

TEST_F(PlausibilityTest, AWriteThatWasLostIsNoSurprise) {
  servo_.working.goal_position = 2100;  // sent
  servo_.read_goal = 2000;              // and never arrived
  EXPECT_TRUE(Believes(false));
}

TEST_F(PlausibilityTest, AnAnswerThatDoesNotTellTheRegistersExplainsNothing) {
  constexpr Block kFeedback{56, 15};
  Put(40, 1, 0);
  EXPECT_FALSE(Believes(false));
  EXPECT_EQ(Heard(false, milliseconds(10), kFeedback), Plausibility::kSurprise);
  EXPECT_TRUE(Believes(true, milliseconds(11)));
  EXPECT_EQ(Heard(false, milliseconds(15), kFeedback), Plausibility::kFits);
}

TEST_F(PlausibilityTest, AStatusThatWouldStopTheJointIsAskedForAgain) {
  status_ = kStatusTemperature;
  EXPECT_FALSE(Believes(false));
  EXPECT_TRUE(Believes(true));
  status_ = kStatusSupply;  // which a servo only flags
  EXPECT_TRUE(Believes(false));
}

TEST_F(PlausibilityTest, AfterASilenceAJointIsWhereItsSpeedTookIt) {
  last_.velocity_rad_s = 2.5;
  Put(56, 2, 2000 + 163);  // 0.25 rad
  EXPECT_TRUE(Believes(false, milliseconds(100)));
  last_.velocity_rad_s = 50;  // no servo turns so fast
  Put(56, 2, 3000);
  EXPECT_FALSE(Believes(false, milliseconds(5)));
}

TEST_F(PlausibilityTest, OurOwnTorqueOffIsNoSurprise) {
  servo_.torque_off_sent = true;
  Put(40, 1, 0);
  EXPECT_TRUE(Believes(false));
}

TEST_F(PlausibilityTest, WhatAnOperationChangesIsNoSurprise) {
  servo_.in_operation = true;
  Put(40, 1, 0);
  EXPECT_TRUE(Believes(false));
}

TEST_F(PlausibilityTest, WhatAFailedOperationLeftHasNoGoalThatNobodyWrote) {
  servo_.expected_known = false;
  Put(48, 2, 600);  // a torque limit that it had written, or had not
  EXPECT_TRUE(Believes(false));
  Put(42, 2, 1872);
  EXPECT_FALSE(Believes(false));
  EXPECT_TRUE(Believes(true));
}

TEST_F(PlausibilityTest, AWheelMayBeAnywhere) {
  joint_.kind = servo_.kind = JointKind::kVelocity;
  Put(56, 2, 4000);
  Put(42, 2, 0);
  EXPECT_TRUE(Believes(false));
}

TEST_F(PlausibilityTest, APlaceThatIsNoneIsNeverBelieved) {
  Put(56, 2, 5000);
  EXPECT_EQ(Heard(false), Plausibility::kImpossible);
  EXPECT_EQ(Heard(true), Plausibility::kImpossible);
}

}  // namespace
}  // namespace soarm::servo::feetech
