#include "server/safety/hold.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace soarm {
namespace {

using namespace std::chrono_literals;

constexpr TargetLimits kHoldLimits{.lower_rad = -2.0,
                                   .upper_rad = 2.0,
                                   .velocity_rad_s = 3.0,
                                   .acceleration_rad_s2 = 30.0,
                                   .braking_rad_s2 = 30.0,
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
    ASSERT_LE(std::abs(state.position_rad - before), kDrawBack_rad_s * 0.005 + 1e-12);
  }
  EXPECT_NEAR(state.position_rad, 0.15, 1e-3);
}

class YieldWatchTest : public testing::Test {
 protected:
  static constexpr double kLead_rad = 0.15;
  // Ticks of 5 ms with a joint that stands at `measured`, the target drawn in as HOLD does.
  void Stand(double measured, Nanos span, std::optional<double> wanted = {}, bool spared = false) {
    for (Nanos at{}; at < span; at += 5ms) {
      lead_ =
          watch_.Update(target_, measured, kLead_rad, kLeastLead_rad, wanted, spared, now_, 0.005);
      target_ = std::clamp(target_, measured - lead_, measured + lead_);
      now_ += 5ms;
    }
  }
  YieldWatch watch_;
  double target_ = 0.15;
  double lead_ = 0;
  MonoTime now_ = FromNanos(1'000'000'000);
};

TEST_F(YieldWatchTest, NeedsDistanceStandstillAndPatience) {
  Stand(0, 295ms);
  EXPECT_EQ(lead_, kLead_rad);
  Stand(0.02, 290ms);  // it moved on
  EXPECT_EQ(lead_, kLead_rad);
  target_ = 0.02 + 0.1;  // as far as a load may hold it back
  Stand(0.02, 10s);
  EXPECT_EQ(lead_, kLead_rad);
  EXPECT_FALSE(watch_.stuck());
}

TEST_F(YieldWatchTest, WhoCreepsAfterAFarTargetIsNotLedByItForLong) {
  target_ = 0.4;
  for (double at = 0; at < 0.03; at += 0.0005) {  // 0.1 rad/s
    watch_.Update(target_, at, kLead_rad, kLeastLead_rad, std::nullopt, false, now_, 0.005);
    EXPECT_FALSE(watch_.stuck());
    now_ += 5ms;
  }
  watch_.Update(target_, 0.03, kLead_rad, kLeastLead_rad, std::nullopt, false, now_, 0.005);
  EXPECT_TRUE(watch_.stuck());
  watch_.Update(target_, 0.03, kLead_rad, kLeastLead_rad, 1.0, false, now_, 0.005);
  EXPECT_FALSE(watch_.stuck()) << "a command may lead it";
}

TEST_F(YieldWatchTest, LetsGoOfAnObstacleAlmostWholly) {
  Stand(0, 300ms);
  Stand(0, 100ms);
  EXPECT_GT(target_, 0.08) << "slowly";
  Stand(0, 1s);
  EXPECT_NEAR(target_, kLeastLead_rad, 1e-9);
  Stand(0, 60s);
  EXPECT_NEAR(target_, kLeastLead_rad, 1e-9);
}

TEST_F(YieldWatchTest, GivesTheTargetBackToWhatCarriesALoad) {
  Stand(0, 300ms);
  Stand(0, 100ms);
  EXPECT_LT(target_, 0.13);
  EXPECT_FALSE(watch_.carried_target_rad());
  Stand(-0.005, 5ms);  // it begins to sink
  ASSERT_TRUE(watch_.carried_target_rad());
  EXPECT_EQ(*watch_.carried_target_rad(), 0.15);
  target_ = 0.15;
  Stand(0, 900ms);
  EXPECT_EQ(target_, 0.15);
  Stand(0, 200ms);
  EXPECT_LT(target_, 0.15) << "once more, as it may have been a push";
  Stand(-0.005, 5ms);
  EXPECT_EQ(watch_.carried_target_rad(), 0.15);
  target_ = 0.15;
  Stand(0, 60s);
  EXPECT_EQ(target_, 0.15) << "twice is enough";
}

TEST_F(YieldWatchTest, LetsGoOfAnObstacleAgainThatWasPushedAway) {
  Stand(0, 2s);
  for (int pushes = 0; pushes < 3; ++pushes) {
    Stand(-0.005, 5ms);
    ASSERT_EQ(watch_.carried_target_rad(), 0.15);
    target_ = 0.15;
    Stand(0, 900ms * (1 << pushes));
    EXPECT_EQ(target_, 0.15) << "twice as long each time";
    Stand(0, 2s);
    EXPECT_EQ(lead_, kLeastLead_rad);
  }
}

TEST_F(YieldWatchTest, GivesBackNoMoreThanALoadExplains) {
  target_ = 0.4;  // stopped in full motion
  watch_.Update(target_, 0, 0.4, kLeastLead_rad, std::nullopt, false, now_, 0.005);
  now_ += 300ms;
  watch_.Update(target_, 0, 0.4, kLeastLead_rad, std::nullopt, false, now_, 0.005);
  Stand(0, 2s);
  Stand(-0.005, 5ms);
  EXPECT_EQ(watch_.carried_target_rad(), kLead_rad);
}

TEST_F(YieldWatchTest, GoesBackToWhatWasCommandedSince) {
  Stand(0, 2s);
  target_ = 0.01;  // led away by a slow command, and the joint swings with it
  Stand(-0.005, 5ms, 0.01);
  EXPECT_EQ(watch_.carried_target_rad(), 0.01);
}

TEST_F(YieldWatchTest, GoesNowhereThatACommandOnlyWantedToGo) {
  Stand(0, 1s);
  Stand(0, 5ms, -1.0);  // at scale 0, say
  Stand(-0.005, 5ms);
  EXPECT_EQ(watch_.carried_target_rad(), kLeastLead_rad);
}

TEST_F(YieldWatchTest, GivesTheTargetBackToWhatSinksOnlyOnceItWasLetGo) {
  Stand(0, 2s);
  ASSERT_EQ(lead_, kLeastLead_rad);
  for (double sunk = 0; sunk > -0.006; sunk -= 0.0001) Stand(sunk, 5ms);
  ASSERT_TRUE(watch_.carried_target_rad());
  EXPECT_EQ(*watch_.carried_target_rad(), 0.15);
}

TEST_F(YieldWatchTest, TriesOutLateWhereALoadIsAssumed) {
  target_ = 0.14;
  watch_.AssumeLoad(target_, 0, 0.15);
  Stand(0, 15s);
  EXPECT_EQ(target_, 0.14);
  Stand(0, 2s);
  EXPECT_NEAR(target_, kLeastLead_rad, 1e-9) << "it was an obstacle";
}

TEST_F(YieldWatchTest, BelievesInALoadThatWasAssumedOnceItGaveWay) {
  target_ = 0.14;
  watch_.AssumeLoad(target_, 0, 0.15);
  Stand(0, 15s);
  Stand(0, 1200ms);
  ASSERT_LT(target_, 0.14);
  Stand(-0.005, 5ms);
  ASSERT_EQ(watch_.carried_target_rad(), 0.14);
  target_ = 0.14;
  Stand(0, 600s);
  EXPECT_EQ(target_, 0.14);
}

TEST_F(YieldWatchTest, TriesNothingOutThatHardlyPresses) {
  target_ = 0.11;
  watch_.AssumeLoad(target_, 0, 0.15);
  Stand(0, 600s);
  EXPECT_EQ(target_, 0.11);
}

TEST_F(YieldWatchTest, WhatStandsWhileItsServoIsSparedCarriesNothing) {
  target_ = 0.10;
  watch_.AssumeLoad(target_, 0, 0.15);
  Stand(0, 1s);
  Stand(0, 50ms, {}, true);
  EXPECT_FALSE(watch_.carried_target_rad()) << "it does not go back at once";
  EXPECT_GT(lead_, 0.08) << "and is given the time to sink";
  Stand(0, 60s);
  EXPECT_EQ(lead_, kLeastLead_rad);
}

TEST_F(YieldWatchTest, WhatSinksWhileItsServoIsSparedGetsItsTargetBack) {
  target_ = 0.10;
  watch_.AssumeLoad(target_, 0, 0.15);
  Stand(0, 1s);
  Stand(0, 50ms, {}, true);
  target_ = 0.03;  // as its hold draws it in
  Stand(-0.01, 5ms);
  EXPECT_EQ(watch_.carried_target_rad(), 0.10);
}

TEST_F(YieldWatchTest, WhatWasFoundAndLetGoOfIsTriedSoonerThen) {
  target_ = 0.14;
  watch_.AssumeLoad(target_, 0, 0.15);
  Stand(0, 17s);
  ASSERT_EQ(lead_, kLeastLead_rad);
  Stand(-0.005, 5ms);  // pushed
  ASSERT_EQ(watch_.carried_target_rad(), 0.14);
  target_ = 0.14;
  Stand(0, 2500ms);
  EXPECT_LT(target_, 0.03);
}

TEST_F(YieldWatchTest, TriesOutWhatIsFurtherThanALoadExplains) {
  target_ = 0.4;
  watch_.AssumeLoad(target_, 0, 0.15);
  Stand(0, 60s);
  EXPECT_LT(target_, 0.03);
}

TEST_F(YieldWatchTest, WhatIsCarriedYieldsOnceACommandPressesIt) {
  target_ = 0.01;
  watch_.AssumeLoad(target_, 0, 0.15);
  Stand(0, 1s);
  target_ = 0.3;
  Stand(0, 5s);
  EXPECT_LT(target_, 0.03);
}

TEST_F(YieldWatchTest, IsFreeAgainOnceTheJointMovesOrTheTargetTurns) {
  Stand(0, 2s);
  Stand(0.06, 5ms);
  EXPECT_FALSE(watch_.stuck());
  target_ = 0.21;
  Stand(0.06, 2s);
  ASSERT_TRUE(watch_.stuck());
  target_ = 0.05;
  Stand(0.06, 5ms);
  EXPECT_FALSE(watch_.stuck());
}

TEST_F(YieldWatchTest, PressesAgainOnlyWhereACommandWantsIt) {
  Stand(0, 10s);
  EXPECT_TRUE(watch_.stuck());
  EXPECT_EQ(lead_, kLeastLead_rad);
  Stand(0, 5ms, 0.5);
  EXPECT_EQ(lead_, kLead_rad);
  EXPECT_TRUE(watch_.stuck()) << "so that its speed gives it no more than that";
  target_ = kLead_rad;
  Stand(0.01, 5ms, 0.5);
  EXPECT_FALSE(watch_.stuck()) << "it follows";
}

TEST_F(YieldWatchTest, PressesAgainAndYieldsAgain) {
  Stand(0, 10s);
  Stand(0, 5ms, 0.5);
  target_ = kLead_rad;
  Stand(0, 900ms, 0.5);
  EXPECT_EQ(lead_, kLeastLead_rad);
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
