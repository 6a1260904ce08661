#include "server/safety/hold.h"

#include <cmath>

#include <gtest/gtest.h>

namespace soarm {
namespace {

using namespace std::chrono_literals;

constexpr TargetLimits kHoldLimits{.lower_rad = -2.0,
                                   .upper_rad = 2.0,
                                   .velocity_rad_s = 3.0,
                                   .acceleration_rad_s2 = 30.0,
                                   .lead_max_rad = 0.5};

TEST(HoldPositionTest, AMovingTargetIsBroughtToRestAndFrozen) {
  TargetState state{.position_rad = 0, .velocity_rad_s = 3.0};
  for (int i = 0; i < 25; ++i) state = HoldPosition(state, 0, false, 0.15, kHoldLimits, 0.005);
  EXPECT_EQ(state.velocity_rad_s, 0.0);
  EXPECT_NEAR(state.position_rad, 0.15, 0.01);
  const double frozen = state.position_rad;
  for (int i = 0; i < 1000; ++i) state = HoldPosition(state, 0.1, false, 0.15, kHoldLimits, 0.005);
  EXPECT_EQ(state.position_rad, frozen);
}

TEST(HoldPositionTest, AStalledJointIsYieldedToSlowlyAndOnlyAsFarAsNeeded) {
  TargetState state{.position_rad = 1.0, .velocity_rad_s = 0};
  for (int i = 0; i < 600; ++i) {
    const double before = state.position_rad;
    state = HoldPosition(state, 0.0, true, 0.15, kHoldLimits, 0.005);
    ASSERT_LE(std::abs(state.position_rad - before), kYieldSpeed_rad_s * 0.005 + 1e-12);
  }
  EXPECT_NEAR(state.position_rad, 0.15, 1e-3);
}

TEST(StallWatchTest, NeedsDistanceStandstillAndPatience) {
  StallWatch watch;
  const MonoTime start = FromNanos(1'000'000'000);
  EXPECT_FALSE(watch.Update(0.5, 0.0, 0.0, 0.15, start));
  EXPECT_FALSE(watch.Update(0.5, 0.0, 0.0, 0.15, start + 299ms));
  EXPECT_TRUE(watch.Update(0.5, 0.0, 0.0, 0.15, start + 300ms));
  EXPECT_FALSE(watch.Update(0.5, 0.0, 0.2, 0.15, start + 305ms));  // it moves
  EXPECT_FALSE(watch.Update(0.5, 0.0, 0.0, 0.15, start + 310ms));  // patience starts anew
  EXPECT_FALSE(watch.Update(0.1, 0.0, 0.0, 0.15, start + 900ms));  // near its target
}

TEST(AdoptPositionTest, TakesTheServosOwnGoalUnlessTheJointIsUnderWayToAFarOne) {
  JointSample sample;
  sample.position_rad = 0.50;
  sample.goal_rad = 0.55;
  EXPECT_EQ(AdoptPosition(sample, 0.5).position_rad, 0.55);
  sample.goal_rad = 1.50;  // held back by a load or an obstacle: another goal would lower it
  EXPECT_EQ(AdoptPosition(sample, 0.5).position_rad, 1.50);
  sample.velocity_rad_s = 1.0;
  EXPECT_EQ(AdoptPosition(sample, 0.5).position_rad, 0.50);
  sample.goal_rad = 0.8;  // as far as a target of ours leads
  EXPECT_EQ(AdoptPosition(sample, 0.5).position_rad, 0.8);
}

}  // namespace
}  // namespace soarm
