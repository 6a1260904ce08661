#include "server/safety/limits.h"

#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace soarm {
namespace {

constexpr double kDt = 0.005;
constexpr double kRounding = 1e-9;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr TargetLimits kLimits{.lower_rad = -1.0,
                               .upper_rad = 1.5,
                               .velocity_rad_s = 3.0,
                               .acceleration_rad_s2 = 30.0,
                               .braking_rad_s2 = 30.0,
                               .lead_max_rad = 0.5};

LimitedTarget Step(const TargetState& state, double desired, double measured) {
  return LimitPosition(state, desired, measured, kLimits, kLimits.velocity_rad_s, kDt,
                       Approach::kStopAtRequest);
}

TEST(LimitPositionTest, NoSequenceOfInputsExceedsAnyLimit) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> anywhere(-4.0, 4.0);
  std::uniform_real_distribution<double> scale(0.0, 1.2);
  std::uniform_real_distribution<double> period(0.0005, 0.02);
  std::uniform_int_distribution<int> kind(0, 19);
  for (int run = 0; run < 60; ++run) {
    TargetState state{.position_rad = std::uniform_real_distribution(-1.0, 1.5)(random),
                      .velocity_rad_s = 0};
    double desired = state.position_rad;
    double measured = state.position_rad;
    for (int tick = 0; tick < 2000; ++tick) {
      const int chance = kind(random);
      if (chance == 0) desired = anywhere(random);
      if (chance == 1) desired = kNan;
      if (chance == 2) measured = anywhere(random);
      if (chance == 3) measured = kNan;
      if (chance == 4) desired = std::numeric_limits<double>::infinity();
      if (chance > 10) measured = state.position_rad;
      const double dt = period(random);
      const Approach approach = run % 2 == 0 ? Approach::kStopAtRequest : Approach::kTrack;
      const TargetState next = LimitPosition(state, desired, measured, kLimits,
                                             scale(random) * kLimits.velocity_rad_s, dt, approach)
                                   .next;
      ASSERT_TRUE(std::isfinite(next.position_rad));
      ASSERT_LE(std::abs(next.velocity_rad_s), kLimits.velocity_rad_s + kRounding);
      ASSERT_LE(std::abs(next.velocity_rad_s - state.velocity_rad_s),
                kLimits.acceleration_rad_s2 * dt + kRounding);
      ASSERT_LE(std::abs(next.position_rad - state.position_rad),
                kLimits.velocity_rad_s * dt + kRounding);
      ASSERT_GE(next.position_rad, kLimits.lower_rad);
      ASSERT_LE(next.position_rad, kLimits.upper_rad);
      // The clamp to the range only ever removes rounding: braking began in time.
      ASSERT_NEAR(next.position_rad, state.position_rad + next.velocity_rad_s * dt, 1e-9);
      state = next;
    }
  }
}

TEST(LimitPositionTest, ArrivesWithoutOvershoot) {
  for (const double goal : {1.5, 1.0, 0.31, 0.0001}) {
    TargetState state;
    int ticks = 0;
    while (std::abs(state.position_rad - goal) > 1e-9 && ++ticks < 1000) {
      state = Step(state, goal, state.position_rad).next;
      ASSERT_LE(state.position_rad, goal);
    }
    EXPECT_LT(ticks, 300) << goal;
  }
}

TEST(LimitPositionTest, OutsideTheRangeItHoldsOrMovesInwards) {
  TargetState state{.position_rad = 2.0, .velocity_rad_s = 0};
  EXPECT_EQ(Step(state, 2.0, 2.0).next.position_rad, 2.0);
  EXPECT_EQ(Step(state, 2.2, 2.0).next.position_rad, 2.0);
  for (int i = 0; i < 400; ++i) {
    const double before = state.position_rad;
    state = Step(state, 1.0, state.position_rad).next;
    ASSERT_LE(state.position_rad, before);
  }
  EXPECT_NEAR(state.position_rad, 1.0, 1e-6);
}

TEST(LimitPositionTest, ABlockedJointIsLedByNoMoreThanLeadMax) {
  TargetState state;
  for (int i = 0; i < 1000; ++i) {
    state = Step(state, 1.5, 0.0).next;
    ASSERT_LE(state.position_rad, kLimits.lead_max_rad);
  }
  EXPECT_NEAR(state.position_rad, kLimits.lead_max_rad, 1e-3);
  EXPECT_TRUE(Step(state, 1.5, 0.0).clip.Has(Clip::kLead));
}

TEST(LimitPositionTest, ATargetTooFarAheadComesBackWithinTheLimits) {
  TargetState state{.position_rad = 1.0, .velocity_rad_s = 2.9};
  const TargetState next = Step(state, 1.4, -0.5).next;
  EXPECT_NEAR(next.velocity_rad_s, 2.9 - 0.15, kRounding);
  for (int i = 0; i < 400; ++i) state = Step(state, 1.4, -0.5).next;
  EXPECT_NEAR(state.position_rad, 0.0, 1e-3);
}

TEST(LimitPositionTest, ATargetTooFarAheadComesBackHoweverSlowItMayBe) {
  TargetState state{.position_rad = 0.5};
  for (int i = 0; i < 200; ++i) {
    state = LimitPosition(state, 1.0, 0.0, kLimits, 0.0, kDt, Approach::kTrack).next;
  }
  EXPECT_NEAR(state.position_rad, kLimits.lead_max_rad, 1e-6);
  const double stays = state.position_rad;
  state = LimitPosition(state, 0.0, 0.0, kLimits, 0.0, kDt, Approach::kTrack).next;
  EXPECT_EQ(state.position_rad, stays) << "and goes nowhere else";
}

TEST(LimitPositionTest, FullSpeedIsReachedBehindALaggingJoint) {
  const TargetLimits limits = LimitsOf(JointModel{}, JointLimits{});
  TargetState state{.position_rad = -2.5, .velocity_rad_s = 0};
  double fastest = 0;
  double trail[24];
  for (double& position : trail) position = state.position_rad;
  for (int i = 0; i < 400; ++i) {  // measured is the target 0.115 s ago: dead time and lag
    const double measured = trail[i % 23];
    trail[i % 23] = state.position_rad;
    state = LimitPosition(state, 2.5, measured, limits, 3.0, kDt, Approach::kStopAtRequest).next;
    fastest = std::max(fastest, state.velocity_rad_s);
  }
  EXPECT_GT(fastest, 2.8);
}

TEST(LimitPositionTest, WhatIsNoNumberBringsItToRest) {
  TargetState state{.position_rad = 0.0, .velocity_rad_s = 3.0};
  for (int i = 0; i < 25; ++i) {
    const LimitedTarget limited = Step(state, kNan, 0.0);
    EXPECT_TRUE(limited.clip.Has(Clip::kNotFinite));
    state = limited.next;
  }
  EXPECT_EQ(state.velocity_rad_s, 0.0);
  EXPECT_LT(state.position_rad, 0.16);
}

TEST(LimitPositionTest, ASmoothPlanIsTrackedExactly) {
  TargetState state;
  for (int i = 1; i <= 200; ++i) {
    const double wanted = 0.5 * 4.0 * (i * kDt) * (i * kDt);  // 4 rad/s^2 for 1 s: up to 2 rad
    if (wanted > 1.0) break;
    state =
        LimitPosition(state, wanted, state.position_rad, kLimits, 3.0, kDt, Approach::kTrack).next;
    ASSERT_NEAR(state.position_rad, wanted, 1e-9);
  }
}

TEST(LimitPositionTest, TellsWhatClipped) {
  const TargetState rest;
  EXPECT_TRUE(Step(rest, 2.0, 0.0).clip.Has(Clip::kPosition));
  EXPECT_TRUE(Step(rest, 0.45, 0.0).clip.Has(Clip::kVelocity));
  const ClipSet near = Step(rest, 0.02, 0.0).clip;
  EXPECT_FALSE(near.IsWorthTelling());
  EXPECT_TRUE(near.Has(Clip::kAcceleration));
  EXPECT_EQ(Step(rest, 0.0, 0.0).clip.bits, 0);
}

TEST(LimitVelocityTest, RampsWithinItsLimits) {
  std::mt19937 random(2);
  std::uniform_real_distribution<double> anything(-9.0, 9.0);
  TargetState state;
  for (int i = 0; i < 5000; ++i) {
    const double desired = i % 50 == 0 ? kNan : anything(random);
    const TargetState next = LimitVelocity(state, desired, kLimits, kDt).next;
    ASSERT_LE(std::abs(next.velocity_rad_s), 3.0);
    ASSERT_LE(std::abs(next.velocity_rad_s - state.velocity_rad_s), 0.15 + kRounding);
    state = next;
  }
  for (int i = 0; i < 30; ++i) state = LimitVelocity(state, kNan, kLimits, kDt).next;
  EXPECT_EQ(state.velocity_rad_s, 0.0);
}

TEST(LimitsOfTest, ARangeNarrowerThanItsMarginsIsAPointInsideIt) {
  JointModel joint;
  joint.lower_raw = 2040;
  joint.upper_raw = 2060;
  const TargetLimits limits = LimitsOf(joint, {});
  EXPECT_EQ(limits.lower_rad, limits.upper_rad);
  EXPECT_GE(limits.lower_rad, joint.lower_rad());
  EXPECT_LE(limits.upper_rad, joint.upper_rad());
}

// Beyond it a position loop goes a whole turn round.
TEST(LimitsOfTest, NoTargetComesNearerToTheSeamOfTheEncoderThanTorqueOnWants) {
  JointModel joint;
  joint.lower_raw = 0;
  joint.upper_raw = kTicksPerTurn - 1;
  JointLimits configured;
  configured.margin_rad = 0;
  const TargetLimits limits = LimitsOf(joint, configured);
  EXPECT_NEAR(joint.RawFromRad(limits.lower_rad), kSeamMargin_ticks, 1e-6);
  EXPECT_NEAR(joint.RawFromRad(limits.upper_rad), kTicksPerTurn - 1 - kSeamMargin_ticks, 1e-6);
  joint.lower_raw = 100;  // a calibration that ends there already
  EXPECT_NEAR(joint.RawFromRad(LimitsOf(joint, configured).lower_rad), 100, 1e-6);
}

TEST(LimitsOfTest, NoTargetIsBrakedHarderThanItsServoFollows) {
  JointModel joint;
  JointLimits limits;
  limits.acceleration_rad_s2 = 30;
  EXPECT_EQ(LimitsOf(joint, limits).acceleration_rad_s2, 30) << "a servo without a limit";
  joint.servo_acceleration_rad_s2 = 7.5;
  EXPECT_EQ(LimitsOf(joint, limits).acceleration_rad_s2, 7.5);
  joint.servo_acceleration_rad_s2 = 39;
  EXPECT_EQ(LimitsOf(joint, limits).acceleration_rad_s2, 30);
}

TEST(LimitsOfTest, WhatGivesTwiceAsMuchIsLedTwiceAsFar) {
  JointLimits limits;
  limits.velocity_rad_s = 1.0;
  JointModel joint;
  EXPECT_NEAR(LimitsOf(joint, limits).lead_max_rad, 0.15 + 0.12, kRounding);
  EXPECT_NEAR(LimitsOf(joint, limits).near_rad, 0.08, kRounding);
  joint.give = 2;
  EXPECT_NEAR(LimitsOf(joint, limits).lead_max_rad, 0.30 + 0.12, kRounding);
  EXPECT_NEAR(LimitsOf(joint, limits).near_rad, 0.16, kRounding);
  joint.is_gripper = true;
  EXPECT_NEAR(StaticLead(joint), 0.24, kRounding);
}

TEST(LimitsOfTest, WhatIsDrivenGentlyIsBrakedNoLessThanAWheelByDefault) {
  JointLimits limits;
  limits.velocity_rad_s = 2.0;
  limits.acceleration_rad_s2 = 0.5;
  EXPECT_NEAR(LimitsOf(JointModel{}, limits).braking_rad_s2, 2.0 / kBrakesWithin_s, kRounding);
  limits.acceleration_rad_s2 = 30;
  EXPECT_EQ(LimitsOf(JointModel{}, limits).braking_rad_s2, 30);
}

TEST(LimitPositionTest, AGentleJointSpeedsUpGentlyAndSlowsDownInTimeForARequestThatTurnsBack) {
  TargetLimits gentle = kLimits;
  gentle.lead_max_rad = 9;
  gentle.lower_rad = -9;
  gentle.upper_rad = 9;
  gentle.acceleration_rad_s2 = 0.5;
  gentle.braking_rad_s2 = 10;
  const auto step = [&](const TargetState& state, double desired, double speed) {
    return LimitPosition(state, desired, state.position_rad, gentle, speed, kDt,
                         Approach::kStopAtRequest)
        .next;
  };
  TargetState state;
  for (int tick = 0; tick < 400; ++tick) {
    const TargetState next = step(state, 5, 3);
    ASSERT_LE(next.velocity_rad_s - state.velocity_rad_s, 0.5 * kDt + kRounding);
    state = next;
  }
  ASSERT_GT(state.velocity_rad_s, 0.9);
  const TargetState turned = state;
  for (const double scale : {1.0, 0.0}) {  // at scale 0 nothing is approached
    state = turned;
    const double request = scale > 0 ? turned.position_rad : 5;
    double furthest = state.position_rad;
    for (int tick = 0; tick < 60; ++tick) {
      state = step(state, request, 3 * scale);
      furthest = std::max(furthest, state.position_rad);
    }
    EXPECT_LT(furthest, turned.position_rad + 0.06) << "v^2 / 2a, and a tick";
    EXPECT_LE(state.velocity_rad_s, 0);
    EXPECT_GT(state.velocity_rad_s, -0.11);
  }
}

TEST(LimitVelocityTest, AGentleWheelIsBrakedOnlyWhereItIsTooFast) {
  TargetLimits gentle = kLimits;
  gentle.acceleration_rad_s2 = 0.5;
  gentle.braking_rad_s2 = 10;
  const TargetState rolls{.position_rad = 0, .velocity_rad_s = 2};
  EXPECT_NEAR(LimitVelocity(rolls, 0, gentle, kDt).next.velocity_rad_s, 2 - 0.5 * kDt, kRounding);
  gentle.velocity_rad_s = 1;
  EXPECT_NEAR(LimitVelocity(rolls, 2, gentle, kDt).next.velocity_rad_s, 2 - 10 * kDt, kRounding);
}

TEST(LimitsOfTest, ConfigurationNarrowsButNeverWidens) {
  JointModel joint;
  joint.lower_raw = 1048;
  joint.upper_raw = 3048;
  JointLimits limits;
  limits.margin_rad = 0;
  limits.lower_rad = -9.0;
  limits.upper_rad = 0.5;
  EXPECT_EQ(LimitsOf(joint, limits).lower_rad, joint.lower_rad());
  EXPECT_EQ(LimitsOf(joint, limits).upper_rad, 0.5);
}

TEST(LimitsOfTest, NoConfigurationLeadsOutOfTheRangeLessItsMargin) {
  JointModel joint;
  joint.lower_raw = 1048;
  joint.upper_raw = 3048;
  const JointRange usable = UsableRange(joint, {});
  EXPECT_NEAR(usable.lower_rad, joint.lower_rad() + 2.0 * kRadPerDeg, kRounding);
  for (const auto& [lower_rad, upper_rad] :
       {std::pair(3.0, 3.2), {1.6, 1.7}, {1.52, 1.53}, {1.0, 9.0}, {-3.2, -1.6}, {-9.0, 9.0}}) {
    SCOPED_TRACE(lower_rad);
    JointLimits limits;
    limits.lower_rad = lower_rad;
    limits.upper_rad = upper_rad;
    const TargetLimits allowed = LimitsOf(joint, limits);
    EXPECT_LE(allowed.lower_rad, allowed.upper_rad);
    EXPECT_GE(allowed.lower_rad, usable.lower_rad);
    EXPECT_LE(allowed.upper_rad, usable.upper_rad);
    EXPECT_EQ(LeavesRoom(usable, limits),
              lower_rad <= usable.upper_rad && upper_rad >= usable.lower_rad);
  }
}

}  // namespace
}  // namespace soarm
