#include <gtest/gtest.h>

#include "tests/unit/servo/feetech/bus_fixture.h"

namespace soarm {
namespace {

using Phase = BusOperationResult::Phase;

class OperationsTest : public BusFixture {
 protected:
  void MakeTorqued() {
    MakeAndOpen();
    ASSERT_EQ(EnableAll().phase, Phase::kDone);
    port_->requests.clear();
  }
  BusOperationResult Clear(JointMask joints) {
    return Run({.kind = BusOperation::kClearFault, .joints = joints});
  }
};

TEST_F(OperationsTest, ReleaseGoesOutInTheVeryNextTickAheadOfEverything) {
  MakeTorqued();
  ASSERT_EQ(bus_->Begin({BusOperation::kReleaseTorque, AllJoints(), 1.0}), BusRefusal::kNone);
  for (std::size_t i = 0; i < 6; ++i) SetGoal(i, 0.1);
  const BusTick tick = Tick();
  EXPECT_EQ(tick.written, 0U) << "a goal would switch it on again";
  ASSERT_FALSE(port_->requests.empty());
  EXPECT_EQ(port_->requests[0].instruction, 0x83);
  EXPECT_EQ(port_->requests[0].parameters[0], 40);
  EXPECT_EQ(bus_->operation().phase, Phase::kDone) << "confirmed by the same tick's answers";
  Ticks(10);
  for (const auto& [id, servo] : port_->servos) EXPECT_EQ(servo.Get(40, 1), 0);
  EXPECT_FALSE(samples_[0].torque_on);
}

TEST_F(OperationsTest, AReleaseThatCannotBeConfirmedSaysWhichJoint) {
  MakeTorqued();
  servo(4).mute = true;
  const BusOperationResult result = Run({BusOperation::kReleaseTorque, AllJoints(), 1.0});
  EXPECT_EQ(result.phase, Phase::kFailed);
  EXPECT_EQ(result.refusal, BusRefusal::kVerifyFailed);
  EXPECT_EQ(result.joint, 3);
  EXPECT_EQ(servo(6).Get(40, 1), 0) << "the others are limp";
}

TEST_F(OperationsTest, AReleaseIsRepeatedUntilItArrives) {
  MakeTorqued();
  servo(4).mute = true;
  ASSERT_EQ(bus_->Begin({BusOperation::kReleaseTorque, AllJoints(), 1.0}), BusRefusal::kNone);
  Ticks(3);
  servo(4).mute = false;
  Ticks(3);
  EXPECT_EQ(bus_->operation().phase, Phase::kDone);
  EXPECT_EQ(servo(4).Get(40, 1), 0);
}

TEST_F(OperationsTest, TorqueLimitIsWrittenAndReadBackWhileGoalsFlow) {
  MakeTorqued();
  ASSERT_EQ(bus_->Begin({BusOperation::kSetTorqueLimit, MaskOf(1), 0.3}), BusRefusal::kNone);
  SetGoal(0, 0.1);
  const BusTick tick = Tick();
  EXPECT_EQ(bus_->operation().phase, Phase::kDone);
  EXPECT_EQ(servo(2).Get(48, 2), 300);
  EXPECT_EQ(servo(1).Get(48, 2), 1000);
  EXPECT_EQ(tick.written, MaskOf(0));
  Ticks(20);
  EXPECT_FALSE(samples_[1].faults.Any()) << "the new limit is what is expected now";
}

TEST_F(OperationsTest, OnlyATorqueLimitThatWasLoweredByUsIsRaisedAgain) {
  MakeTorqued();
  EXPECT_EQ(Run({BusOperation::kSetTorqueLimit, MaskOf(0) | MaskOf(1), 0.3}).phase, Phase::kDone);
  servo(2).Set(48, 2, 88);  // another program, which may lead it somewhere
  EXPECT_EQ(Run({BusOperation::kSetTorqueLimit, AllJoints(), 0.5}).phase, Phase::kDone);
  EXPECT_EQ(servo(1).Get(48, 2), 500);
  EXPECT_EQ(servo(2).Get(48, 2), 88);
  EXPECT_EQ(servo(3).Get(48, 2), 500);
  EXPECT_EQ(Run({BusOperation::kSetTorqueLimit, AllJoints(), 1.0}).phase, Phase::kDone);
  EXPECT_EQ(servo(1).Get(48, 2), 1000);
  EXPECT_EQ(servo(2).Get(48, 2), 88);
  EXPECT_EQ(EnableAll().phase, Phase::kDone);
  EXPECT_EQ(servo(2).Get(48, 2), 1000);
}

TEST_F(OperationsTest, ATorqueLimitWhoseRaiseDidNotArriveIsRaisedAgain) {
  MakeTorqued();
  EXPECT_EQ(Run({BusOperation::kSetTorqueLimit, MaskOf(1), 0.3}).phase, Phase::kDone);
  servo(2).mute = true;
  EXPECT_EQ(Run({BusOperation::kSetTorqueLimit, MaskOf(1), 1.0}).phase, Phase::kFailed);
  servo(2).mute = false;
  Ticks(100);
  EXPECT_EQ(servo(2).Get(48, 2), 300);
  EXPECT_EQ(Run({BusOperation::kSetTorqueLimit, MaskOf(1), 1.0}).phase, Phase::kDone);
  EXPECT_EQ(servo(2).Get(48, 2), 1000);
}

TEST_F(OperationsTest, TorqueLimitOfASilentServoFails) {
  MakeTorqued();
  servo(2).mute = true;
  const BusOperationResult result = Run({BusOperation::kSetTorqueLimit, AllJoints(), 0.3});
  EXPECT_EQ(result.refusal, BusRefusal::kServoMissing);
  EXPECT_EQ(result.joint, 1);
}

TEST_F(OperationsTest, ReadOnlyServosAreRefusedAtOnce) {
  options_.robot = *FindRobotModel("so101_leader");
  MakeAndOpen();
  for (const BusOperation kind :
       {BusOperation::kEnableTorque, BusOperation::kReleaseTorque, BusOperation::kSetTorqueLimit}) {
    EXPECT_EQ(bus_->Begin({kind, MaskOf(2), 1.0}), BusRefusal::kReadOnly);
  }
  EXPECT_EQ(bus_->operation().phase, Phase::kIdle);
}

TEST_F(OperationsTest, ARebootIsSeenKeptAwayFromGoalsAndEndedByTorqueOn) {
  MakeTorqued();
  const auto reboot = [](fakes::FakeServo& servo) {
    servo.Set(40, 1, 0);
    servo.Set(41, 1, 0);
    servo.Set(42, 2, 0);
    servo.Set(46, 2, 0);
    servo.Set(48, 2, 1000);
  };
  reboot(servo(2));
  Ticks(7);
  EXPECT_TRUE(samples_[1].faults.Has(Fault::kRebooted));
  EXPECT_FALSE(samples_[1].writable);
  port_->requests.clear();
  SetGoal(1, 0.2);
  Ticks(20);
  EXPECT_FALSE(port_->WasWritten(2, 40, 49));
  EXPECT_EQ(servo(2).Get(40, 1), 0);
  goals_[1].write = false;
  EXPECT_EQ(EnableAll().phase, Phase::kDone);
  Tick();
  EXPECT_FALSE(samples_[1].faults.Any());
}

TEST_F(OperationsTest, TorqueThatWentIsALatchedFaultUntilCleared) {
  MakeTorqued();
  servo(2).Set(40, 1, 0);
  Ticks(7);
  EXPECT_TRUE(samples_[1].faults.Has(Fault::kTorqueLost));
  SetGoal(1, 0.2);
  Ticks(10);
  EXPECT_EQ(servo(2).Get(40, 1), 0);
  EXPECT_EQ(Clear(MaskOf(1)).phase, Phase::kDone);
  Ticks(10);
  EXPECT_FALSE(samples_[1].faults.Any());
  EXPECT_EQ(servo(2).Get(40, 1), 0) << "clearing writes nothing";
}

TEST_F(OperationsTest, OurOwnCurrentTripComesBeforeTheServosAndLatches) {
  MakeTorqued();
  servo(2).Set(69, 2, 320);  // above register 28; register 38 says 2 s
  const MonoTime start = clock_.Now();
  while (!samples_[1].faults.Has(Fault::kCurrentTrip)) {
    Tick();
    ASSERT_LT(clock_.Now() - start, std::chrono::seconds(2));
  }
  EXPECT_GE(clock_.Now() - start, std::chrono::milliseconds(1590));
  port_->requests.clear();
  SetGoal(1, 0.2);
  Ticks(10);
  EXPECT_FALSE(port_->WasWritten(2, 42, 43));
  EXPECT_EQ(Clear(MaskOf(1)).refusal, BusRefusal::kServoFault) << "still above the limit";
  servo(2).Set(69, 2, 10);
  EXPECT_EQ(Clear(MaskOf(1)).phase, Phase::kDone);
  Tick();
  EXPECT_TRUE(port_->WasWritten(2, 42, 43));
}

TEST_F(OperationsTest, AShortPeakOfCurrentDoesNotTrip) {
  MakeTorqued();
  for (int i = 0; i < 20; ++i) {
    servo(2).Set(69, 2, 320);
    Ticks(100);
    servo(2).Set(69, 2, 300);
    Ticks(2);
  }
  EXPECT_FALSE(samples_[1].faults.Any());
}

TEST_F(OperationsTest, TimeOutOfSightCountsAsTimeAboveTheLimit) {
  MakeTorqued();
  servo(2).Set(69, 2, 320);
  servo(2).mute = true;
  Ticks(330);
  EXPECT_FALSE(samples_[1].faults.Has(Fault::kCurrentTrip));
  servo(2).mute = false;
  SetGoal(1, 0.2);
  port_->requests.clear();
  Ticks(300);
  EXPECT_TRUE(samples_[1].faults.Has(Fault::kCurrentTrip));
  EXPECT_FALSE(port_->WasWritten(2, 42, 43));
}

TEST_F(OperationsTest, AServoFoundAboveItsLimitGetsNoGoals) {
  Make();
  servo(2).Set(40, 1, 1);
  servo(2).Set(69, 2, 320);
  Open();
  SetGoal(1, 0.2);
  Ticks(2);
  EXPECT_TRUE(samples_[1].faults.Has(Fault::kCurrentTrip));
  EXPECT_FALSE(port_->WasWritten(2, 42, 43));
}

TEST_F(OperationsTest, ClearingWhatPersistsFails) {
  MakeTorqued();
  for (const int bit : {0x01, 0x02, 0x04, 0x20}) {
    servo(2).Set(65, 1, bit);
    Tick();
    const BusOperationResult result = Clear(MaskOf(1));
    EXPECT_EQ(result.refusal, BusRefusal::kServoFault) << bit;
    EXPECT_EQ(result.fact.found, bit);
  }
  servo(2).Set(65, 1, 0);
  EXPECT_EQ(Clear(MaskOf(1)).phase, Phase::kDone);
}

TEST_F(OperationsTest, WhatPersistsOnOneJointKeepsNoOtherFromBeingCleared) {
  MakeTorqued();
  servo(2).Set(40, 1, 0);
  Ticks(7);
  ASSERT_TRUE(samples_[1].faults.Has(Fault::kTorqueLost));
  servo(1).Set(65, 1, 0x20);
  Ticks(2);
  BusOperationResult result = Clear(MaskOf(0) | MaskOf(1));
  EXPECT_EQ(result.refusal, BusRefusal::kServoFault);
  EXPECT_EQ(result.joint, 0);
  Ticks(2);
  EXPECT_FALSE(samples_[1].faults.Any());
  servo(1).Set(65, 1, 0);
  servo(2).Set(40, 1, 1);
  Ticks(7);
  servo(2).Set(40, 1, 0);
  Ticks(7);
  ASSERT_TRUE(samples_[1].faults.Has(Fault::kTorqueLost));
  servo(1).mute = true;
  result = Clear(MaskOf(0) | MaskOf(1));
  EXPECT_EQ(result.refusal, BusRefusal::kServoMissing);
  EXPECT_EQ(result.joint, 0);
  EXPECT_FALSE(samples_[1].faults.Has(Fault::kTorqueLost));
}

TEST_F(OperationsTest, AServoThatCutItselfOffIsSwitchedOnOnlyAfterClearAndEnable) {
  MakeTorqued();
  servo(2).Set(40, 1, 0);
  servo(2).Set(65, 1, 0x08);
  Tick();
  SetGoal(1, 0.2);
  Ticks(20);
  EXPECT_TRUE(samples_[1].faults.Has(Fault::kOverCurrent));
  EXPECT_EQ(servo(2).Get(40, 1), 0);
  goals_[1].write = false;
  EXPECT_EQ(EnableAll().refusal, BusRefusal::kServoFault);
  EXPECT_EQ(Clear(MaskOf(1)).phase, Phase::kDone);
  EXPECT_EQ(EnableAll().phase, Phase::kDone);
  EXPECT_EQ(servo(2).Get(40, 1), 1);
}

TEST_F(OperationsTest, ClearingASilentServoFails) {
  MakeTorqued();
  servo(2).mute = true;
  EXPECT_EQ(Clear(MaskOf(1)).refusal, BusRefusal::kServoMissing);
}

TEST_F(OperationsTest, SettingsThatSomebodyElseChangedAreAFault) {
  MakeTorqued();
  servo(2).Set(41, 1, 30);
  Ticks(7);
  EXPECT_TRUE(samples_[1].faults.Has(Fault::kGoalMismatch));
  EXPECT_FALSE(samples_[1].writable);
}

}  // namespace
}  // namespace soarm
