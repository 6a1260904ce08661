#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "server/servo/feetech/goal_list.h"
#include "tests/unit/servo/feetech/bus_fixture.h"

namespace soarm {
namespace {

class GoalsTest : public BusFixture {
 protected:
  void MakeTorqued() {
    MakeAndOpen();
    ASSERT_EQ(EnableAll().phase, BusOperationResult::Phase::kDone);
    port_->requests.clear();
  }
};

TEST_F(GoalsTest, GoOutInOnePacketAheadOfTheRequestForStates) {
  MakeTorqued();
  SetGoal(0, Rad(0, 2010));
  SetGoal(1, Rad(1, 2020));
  EXPECT_EQ(Tick().written, MaskOf(0) | MaskOf(1));
  ASSERT_EQ(port_->requests.size(), 2U);
  EXPECT_EQ(port_->requests[0].parameters,
            (std::vector<std::uint8_t>{42, 2, 1, 0xDA, 0x07, 2, 0xE4, 0x07}));
  EXPECT_EQ(port_->requests[1].instruction, 0x82);
  EXPECT_EQ(samples_[0].goal_raw, 2010);
  EXPECT_DOUBLE_EQ(samples_[0].goal_rad, Rad(0, 2010));
}

TEST_F(GoalsTest, GoToTheEndOfTheRangeWhereAJointOutsideOfItIsDrivenBeyondThat) {
  Make();
  servo(1).Set(56, 2, 500);
  servo(1).Set(9, 2, 1000);
  servo(1).Set(40, 1, 1);
  servo(1).Set(42, 2, 2500);
  servo(1).Set(60, 2, 1000);  // drives there
  Open();
  Ticks(8);
  SetGoal(0, Rad(0, 500));  // no servo holds it there
  Ticks(2);
  EXPECT_EQ(servo(1).Get(42, 2), 1000);
  SetGoal(0, Rad(0, 400));
  Ticks(2);
  EXPECT_EQ(servo(1).Get(42, 2), 1000);
}

TEST_F(GoalsTest, AreNotRepeatedWhileUnchanged) {
  MakeTorqued();
  servo(1).Set(60, 2, 0x0400 | 300);  // drives there
  SetGoal(0, Rad(0, 2010));
  EXPECT_EQ(Tick().written, MaskOf(0));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Tick().written, 0U);
}

TEST_F(GoalsTest, AreRepeatedWhenTheServoWasSeenWithAnother) {
  MakeTorqued();
  SetGoal(0, Rad(0, 2010));
  Tick();
  servo(1).Set(42, 2, 2048);  // as if the packet had been lost
  Ticks(8);
  EXPECT_EQ(servo(1).Get(42, 2), 2010);
  EXPECT_FALSE(samples_[0].faults.Any());
}

TEST_F(GoalsTest, ThatSomebodyElseKeepsChangingAreAFault) {
  MakeTorqued();
  SetGoal(0, Rad(0, 2010));
  for (int i = 0; i < 40; ++i) {
    servo(1).Set(42, 2, 2500);
    goals_[0].write = false;
    Tick();
  }
  EXPECT_FALSE(samples_[0].faults.Has(Fault::kNoReply));
  EXPECT_TRUE(samples_[0].faults.Has(Fault::kGoalMismatch));
}

TEST_F(GoalsTest, OutsideTheServosRangeAreNotWritten) {
  MakeTorqued();
  SetGoal(0, 100.0);
  SetGoal(1, -100.0);
  EXPECT_EQ(Tick().written, 0U);
  EXPECT_EQ(servo(1).Get(42, 2), 2048) << "the servo would leap to the nearer end";
  EXPECT_EQ(samples_[0].goal_raw, 2048);
  SetGoal(0, std::nan(""));
  EXPECT_EQ(Tick().written, 0U);
}

TEST_F(GoalsTest, AreNotWrittenToAServoWhoseRangeIsCrossed) {
  Make();
  servo(3).Set(9, 2, 3000);
  servo(3).Set(11, 2, 192);
  servo(3).Set(40, 1, 1);
  Open();
  SetGoal(2, Rad(2, 2100));
  Ticks(5);
  EXPECT_FALSE(port_->WasWritten(3, 42, 43)) << "it would run to one of the two ends";
}

TEST_F(GoalsTest, NeverReachALimpServo) {
  MakeAndOpen();
  SetGoal(0, 0.3);
  Ticks(30);
  EXPECT_FALSE(port_->WasWritten(1, 40, 49));
}

TEST_F(GoalsTest, ReachATorqueFoundOnWithoutAskingForIt) {
  Make();
  servo(1).Set(40, 1, 1);
  servo(1).Set(42, 2, 2100);
  servo(1).Set(60, 2, 400);  // drives there
  Open();
  Tick();
  EXPECT_TRUE(samples_[0].torque_on);
  EXPECT_FALSE(samples_[0].goal_written);
  EXPECT_EQ(samples_[0].goal_raw, 2100);
  SetGoal(0, Rad(0, 2101));
  EXPECT_EQ(Tick().written, MaskOf(0));
}

TEST_F(GoalsTest, AreWithheldAfterAMiss) {
  MakeTorqued();
  servo(1).drop = 1;
  Tick();
  SetGoal(0, Rad(0, 2010));
  EXPECT_EQ(Tick().written, 0U);
  EXPECT_EQ(Tick().written, MaskOf(0));
}

TEST_F(GoalsTest, ReturnAfterTwoMissesOnlyWhenTheRegistersWereReadAgain) {
  MakeTorqued();
  Ticks(3);
  servo(1).drop = 2;
  Ticks(2);
  EXPECT_FALSE(samples_[0].writable);
  servo(1).Set(40, 1, 0);  // it rebooted meanwhile
  servo(1).Set(41, 1, 0);
  SetGoal(0, Rad(0, 2010));
  Ticks(30);
  EXPECT_FALSE(port_->WasWritten(1, 42, 43));
  EXPECT_TRUE(samples_[0].faults.Has(Fault::kRebooted));
}

TEST_F(GoalsTest, ABlockingStatusBitWithholdsThem) {
  MakeTorqued();
  servo(1).Set(65, 1, 0x01);
  Ticks(2);
  EXPECT_TRUE(samples_[0].faults.Has(Fault::kSupplyVoltage));
  EXPECT_TRUE(samples_[0].writable) << "the servo only flags it";
  for (const int bit : {0x02, 0x08, 0x04}) {
    servo(1).Set(65, 1, bit);
    goals_[0].write = false;
    Tick();
    EXPECT_FALSE(samples_[0].writable) << bit;
    SetGoal(0, Rad(0, 2010 + bit));
    EXPECT_EQ(Tick().written, 0U) << bit;
  }
  servo(1).Set(65, 1, 0);
  Ticks(2);
  EXPECT_TRUE(samples_[0].faults.Has(Fault::kOverTemperature)) << "it cut its output: latched";
  EXPECT_FALSE(samples_[0].writable);
}

TEST_F(GoalsTest, AStatusBitThatHasNoNameIsShownAndWithholdsNothing) {
  MakeTorqued();
  std::int32_t goal = 2000;
  for (const int bit : {0x10, 0x40, 0x50}) {
    servo(1).Set(65, 1, bit);
    Ticks(2);
    EXPECT_EQ(samples_[0].faults.bits, FaultSet::Bit(Fault::kServoStatus)) << bit;
    SetGoal(0, Rad(0, ++goal));
    EXPECT_EQ(Tick().written, MaskOf(0)) << bit;
  }
  servo(1).Set(65, 1, 0);
  Ticks(2);
  EXPECT_FALSE(samples_[0].faults.Any());
}

TEST_F(GoalsTest, WarnsBeforeAServoGetsTooHot) {
  MakeTorqued();
  servo(1).Set(63, 1, 59);
  Ticks(2);
  EXPECT_FALSE(samples_[0].faults.Any());
  servo(1).Set(63, 1, 60);
  Ticks(2);
  EXPECT_TRUE(samples_[0].faults.Has(Fault::kHot));
  EXPECT_TRUE(samples_[0].writable);
}

TEST_F(GoalsTest, OnlyRelievingOnesReachAnOverloadedServo) {
  MakeTorqued();
  SetGoal(5, Rad(5, 1900));
  Tick();
  servo(6).Set(56, 2, 2000);  // stuck on something
  servo(6).Set(65, 1, 0x20);
  Ticks(3);
  EXPECT_TRUE(samples_[5].faults.Has(Fault::kOverload));
  SetGoal(5, Rad(5, 1850));
  EXPECT_EQ(Tick().written, 0U) << "would press harder";
  SetGoal(5, Rad(5, 1990));
  EXPECT_EQ(Tick().written, MaskOf(5)) << "eases off";
  SetGoal(5, Rad(5, 2300));
  EXPECT_EQ(Tick().written, MaskOf(5)) << "to the other side";
  SetGoal(5, Rad(5, 2350));
  EXPECT_EQ(Tick().written, MaskOf(5)) << "and on there, though OVERLOAD still stands";
  SetGoal(5, Rad(5, 1950));
  EXPECT_EQ(Tick().written, 0U) << "not to where it pressed, and harder than now";
}

TEST_F(GoalsTest, WheelsGetSpeedsInTheServosUnit) {
  options_.robot = *FindRobotModel("lekiwi");
  Make();
  servo(9).Set(18, 1, 8);  // 50 steps/s a count
  Open();
  ASSERT_EQ(EnableAll().phase, BusOperationResult::Phase::kDone);
  port_->requests.clear();
  SetGoal(6, 1000 * kRadPerTick);
  SetGoal(7, -500 * kRadPerTick);
  SetGoal(8, 1000 * kRadPerTick);
  EXPECT_EQ(Tick().written, MaskOf(6) | MaskOf(7) | MaskOf(8));
  EXPECT_EQ(port_->requests[0].parameters,
            (std::vector<std::uint8_t>{46, 2, 7, 0xE8, 0x03, 8, 0xF4, 0x81, 9, 20, 0}));
  EXPECT_EQ(samples_[7].goal_raw, -500);
  EXPECT_EQ(samples_[8].goal_raw, 1000);
}

TEST_F(GoalsTest, NoTorqueOrGoalByteEverReachesALeader) {
  options_.robot = *FindRobotModel("so101_leader");
  Make();
  servo(2).Set(40, 1, 1);  // even one that somebody left under torque
  Open();
  for (std::size_t i = 0; i < 6; ++i) SetGoal(i, 0.1);
  for (const BusOperation kind : {BusOperation::kEnableTorque, BusOperation::kReleaseTorque,
                                  BusOperation::kSetTorqueLimit, BusOperation::kClearFault}) {
    bus_->Begin({kind, AllJoints(), 1.0});
    for (int i = 0; i < 50; ++i) {
      if (i == 20) servo(3).drop = 5;
      SetGoal(static_cast<std::size_t>(i % 6), 0.01 * i);
      EXPECT_EQ(Tick().written, 0U);
    }
  }
  EXPECT_TRUE(port_->AllWritten().empty());
  EXPECT_FALSE(samples_[0].writable);
}

}  // namespace
}  // namespace soarm
