#include "server/servo/feetech/settings_check.h"

#include <gtest/gtest.h>

#include "server/servo/feetech/registers.h"
#include "tests/fakes/fake_serial_port.h"

namespace soarm::servo::feetech {
namespace {

using Bound = RegisterFact::Bound;
using fakes::FakeServo;
using fakes::MakeServo;

std::optional<RegisterFact> Find(const FakeServo& servo, JointKind kind = JointKind::kPosition) {
  return FindUnfitSetting(kind, 0, servo.registers);
}

TEST(SettingsCheckTest, AServoAsItComesFits) {
  EXPECT_FALSE(Find(MakeServo(1)));
  FakeServo wheel = MakeServo(7);
  wheel.Set(33, 1, 1);
  EXPECT_FALSE(Find(wheel, JointKind::kVelocity));
}

struct Unfit {
  const char* name;
  JointKind kind;
  const Register& reg;
  std::int32_t found;
  std::int32_t wanted;
  Bound bound;
  std::int32_t fits;
};

class UnfitSettingTest : public testing::TestWithParam<Unfit> {};

TEST_P(UnfitSettingTest, IsFoundAndWhatIsWantedFits) {
  const Unfit& unfit = GetParam();
  FakeServo servo = MakeServo(1);
  servo.Set(33, 1, unfit.kind == JointKind::kVelocity ? 1 : 0);
  servo.Set(unfit.reg.address, unfit.reg.width, unfit.found);
  const auto fact = Find(servo, unfit.kind);
  ASSERT_TRUE(fact);
  EXPECT_EQ(fact->address, unfit.reg.address);
  EXPECT_EQ(fact->found, unfit.found);
  EXPECT_EQ(fact->wanted, unfit.wanted);
  EXPECT_EQ(fact->bound, unfit.bound);
  EXPECT_NE(fact->meaning, "");
  servo.Set(unfit.reg.address, unfit.reg.width, unfit.fits);
  EXPECT_FALSE(Find(servo, unfit.kind));
}

constexpr JointKind kJoint = JointKind::kPosition;
constexpr JointKind kWheel = JointKind::kVelocity;
INSTANTIATE_TEST_SUITE_P(
    Table, UnfitSettingTest,
    testing::Values(
        Unfit{"NoTorque", kJoint, reg::kMaxTorque, 0, 100, Bound::kAtLeast, 100},
        Unfit{"WheelWithoutTorque", kWheel, reg::kMaxTorque, 99, 100, Bound::kAtLeast, 500},
        Unfit{"MultiTurn", kJoint, reg::kPhase, 0x1c, 0x0c, Bound::kExactly, 0x0c},
        Unfit{"ReversedDrive", kJoint, reg::kPhase, 0x0d, 0x0c, Bound::kExactly, 0x0c},
        Unfit{"ReversedFeedback", kJoint, reg::kPhase, 0x8c, 0x0c, Bound::kExactly, 0x0c},
        Unfit{"Mirrored", kJoint, reg::kPhase, 0xcd, 0x4c, Bound::kExactly, 0x4c},
        Unfit{"AllBitsAtOnce", kJoint, reg::kPhase, 0x9d, 0x0c, Bound::kExactly, 0x6e},
        Unfit{"WheelThatTurnsBack", kWheel, reg::kPhase, 0x1d, 0x1c, Bound::kExactly, 0x1c},
        Unfit{"NoGain", kJoint, reg::kPositionP, 0, 8, Bound::kAtLeast, 16},
        Unfit{"DeadZonePlus", kJoint, reg::kDeadZonePlus, 17, 16, Bound::kAtMost, 16},
        Unfit{"DeadZoneMinus", kJoint, reg::kDeadZoneMinus, 200, 16, Bound::kAtMost, 0},
        Unfit{"OtherTick", kJoint, reg::kAngleFactor, 2, 1, Bound::kExactly, 1},
        Unfit{"WheelWithoutGain", kWheel, reg::kSpeedP, 0, 1, Bound::kAtLeast, 10},
        Unfit{"OtherMode", kJoint, reg::kMode, 3, 0, Bound::kExactly, 0},
        Unfit{"WheelInOtherMode", kWheel, reg::kMode, 0, 1, Bound::kExactly, 1},
        Unfit{"OtherFamily", kJoint, reg::kServoMajor, 5, 9, Bound::kExactly, 9}),
    [](const auto& made) { return made.param.name; });

TEST(SettingsCheckTest, WhatDoesNotConcernAKindOfJointFits) {
  FakeServo wheel = MakeServo(7);
  wheel.Set(33, 1, 1);
  wheel.Set(18, 1, 0x1c);
  wheel.Set(21, 1, 0);
  EXPECT_FALSE(Find(wheel, kWheel));
  FakeServo joint = MakeServo(1);
  joint.Set(37, 1, 0);
  EXPECT_FALSE(Find(joint, kJoint));
}

TEST(SettingsCheckTest, JudgesNothingThatItDoesNotSee) {
  FakeServo servo = MakeServo(1);
  servo.Set(16, 2, 0);
  EXPECT_FALSE(FindUnfitSetting(kJoint, 17, std::span(servo.registers).subspan(17, 10)));
  EXPECT_TRUE(FindUnfitSetting(kJoint, 16, std::span(servo.registers).subspan(16, 10)));
}

}  // namespace
}  // namespace soarm::servo::feetech
