#include "clients/tools/soarm/jogger.h"

#include <gtest/gtest.h>

#include "common/base/units.h"

namespace soarm::cli {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kStart{Nanos(1000s)};
constexpr double kSpeed_rad_s = 20.0 * kRadPerDeg;

Jogger TwoJoints() {
  return Jogger({{.name = "pan", .position_rad = 0.0, .lower_rad = -1.0, .upper_rad = 1.0},
                 {.name = "lift", .position_rad = 0.0, .lower_rad = -1.0, .upper_rad = 1.0}});
}

TEST(JoggerTest, OnePressMovesForAHundredAndFiftyMilliseconds) {
  Jogger jogger = TwoJoints();
  EXPECT_TRUE(jogger.Press('q', kStart));
  EXPECT_TRUE(jogger.Advance(kStart + 100ms));
  EXPECT_NEAR(jogger.joints()[0].position_rad, 0.1 * kSpeed_rad_s, 1e-9);
  EXPECT_FALSE(jogger.Advance(kStart + 5s));
  EXPECT_NEAR(jogger.joints()[0].position_rad, 0.15 * kSpeed_rad_s, 1e-9);
  EXPECT_EQ(jogger.joints()[1].position_rad, 0.0);
}

TEST(JoggerTest, ManyPressesAtOnceMoveNoFurther) {
  Jogger jogger = TwoJoints();
  for (int i = 0; i < 50; ++i) jogger.Press('s', kStart);
  jogger.Advance(kStart + 5s);
  EXPECT_NEAR(jogger.joints()[1].position_rad, -0.15 * kSpeed_rad_s, 1e-9);
}

TEST(JoggerTest, AHeldKeyMovesOnWithoutAGap) {
  Jogger jogger = TwoJoints();
  for (int i = 0; i < 10; ++i) jogger.Press('q', kStart + i * 100ms);
  jogger.Advance(kStart + 10s);
  EXPECT_NEAR(jogger.joints()[0].position_rad, 1.05 * kSpeed_rad_s, 1e-9);
}

TEST(JoggerTest, SpaceEndsAllMotionAtOnce) {
  Jogger jogger = TwoJoints();
  jogger.Press('q', kStart);
  jogger.Press(' ', kStart + 10ms);
  const double before = jogger.joints()[0].position_rad;
  EXPECT_FALSE(jogger.Advance(kStart + 100ms));
  EXPECT_EQ(jogger.joints()[0].position_rad, before);
}

TEST(JoggerTest, LimitsHoldAndAJointOutsideMayOnlyComeBack) {
  Jogger jogger = TwoJoints();
  jogger.Restart({1.0, 1.5});
  jogger.Press('q', kStart);
  jogger.Press('w', kStart);
  jogger.Advance(kStart + 150ms);
  EXPECT_DOUBLE_EQ(jogger.joints()[0].position_rad, 1.0);
  EXPECT_DOUBLE_EQ(jogger.joints()[1].position_rad, 1.5);
  jogger.Press('s', kStart + 1s);
  jogger.Advance(kStart + 2s);
  EXPECT_LT(jogger.joints()[1].position_rad, 1.5);
}

TEST(JoggerTest, SpeedHasBounds) {
  Jogger jogger = TwoJoints();
  for (int i = 0; i < 20; ++i) jogger.Press('+', kStart);
  EXPECT_NEAR(jogger.speed_rad_s(), 80.0 * kRadPerDeg, 1e-9);
  for (int i = 0; i < 20; ++i) jogger.Press('-', kStart);
  EXPECT_GT(jogger.speed_rad_s(), 0.0);
}

TEST(JoggerTest, OtherKeysDoNothingAndXEnds) {
  Jogger jogger = TwoJoints();
  for (const char key : {'e', 'd', 'p', '\n', '\0', '\x1b'}) EXPECT_TRUE(jogger.Press(key, kStart));
  EXPECT_FALSE(jogger.Advance(kStart + 10ms));
  EXPECT_FALSE(jogger.Press('x', kStart));
  EXPECT_FALSE(jogger.Press('\x04', kStart));
}

TEST(JoggerTest, TargetsNameEveryJoint) {
  const v1::JointTargets targets = TwoJoints().targets();
  ASSERT_EQ(targets.targets_size(), 2);
  EXPECT_EQ(targets.targets(1).joint(), "lift");
}

}  // namespace
}  // namespace soarm::cli
