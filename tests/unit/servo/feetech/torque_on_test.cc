#include <algorithm>

#include <gtest/gtest.h>

#include "tests/unit/servo/feetech/bus_fixture.h"

namespace soarm {
namespace {

using Phase = BusOperationResult::Phase;

class TorqueOnTest : public BusFixture {
 protected:
  // Expects that enabling is refused for `joint` and that nothing stays under torque.
  void ExpectRefused(BusRefusal refusal, std::size_t joint, int register_address) {
    const BusOperationResult result = EnableAll();
    EXPECT_EQ(result.phase, Phase::kFailed);
    EXPECT_EQ(result.refusal, refusal);
    EXPECT_EQ(result.joint, joint);
    EXPECT_EQ(result.fact.address, register_address);
    for (const auto& [id, servo] : port_->servos) EXPECT_EQ(servo.Get(40, 1), 0) << int{id};
  }
  void ExpectRefusedUntouched(BusRefusal refusal, std::size_t joint, int register_address) {
    ExpectRefused(refusal, joint, register_address);
    EXPECT_TRUE(port_->AllWritten().empty());
  }
};

TEST_F(TorqueOnTest, EnablesEveryJointWhereItStands) {
  Make();
  servo(2).Set(56, 2, 1500);
  servo(2).Set(42, 2, 3000);  // a stale goal of earlier
  Open();
  const BusOperationResult result = EnableAll();
  EXPECT_EQ(result.phase, Phase::kDone);
  for (std::uint8_t id = 1; id <= 6; ++id) {
    EXPECT_EQ(servo(id).Get(40, 1), 1);
    EXPECT_EQ(servo(id).Get(41, 1), 254);
    EXPECT_EQ(servo(id).Get(46, 2), 0) << "phase says that 0 is the highest speed";
    EXPECT_EQ(servo(id).Get(48, 2), 1000);
    EXPECT_EQ(servo(id).Get(42, 2), id == 2 ? 1500 : 2048);
  }
  Tick();
  EXPECT_TRUE(samples_[1].torque_on);
  EXPECT_TRUE(samples_[1].goal_written);
  EXPECT_EQ(samples_[1].goal_raw, 1500);
  EXPECT_TRUE(samples_[1].writable);
}

TEST_F(TorqueOnTest, RefusesAJointWhoseConfiguredLimitsLieBeyondItsRange) {
  for (const bool above : {true, false}) {
    JointLimits& limits = options_.robot.limits[1];
    limits = {};
    (above ? limits.lower_rad : limits.upper_rad) = above ? 3.0 : -3.0;
    MakeAndOpen();
    Tick();
    EXPECT_TRUE(samples_[1].faults.Has(Fault::kUnfitSetting));
    EXPECT_FALSE(samples_[0].faults.Has(Fault::kUnfitSetting));
    const bool at_upper_end = above == (options_.robot.joints[1].sign > 0);
    ExpectRefusedUntouched(BusRefusal::kUnfitSetting, 1, at_upper_end ? 11 : 9);
    limits = {.lower_rad = -9, .upper_rad = 9};
    (above ? limits.lower_rad : limits.upper_rad) = 0;
    MakeAndOpen();
    EXPECT_EQ(EnableAll().phase, Phase::kDone) << "a part of the range is left";
  }
}

TEST_F(TorqueOnTest, GoalsOfJointsThatHaveTorqueGoOnFlowing) {
  MakeAndOpen();
  ASSERT_EQ(EnableAll().phase, Phase::kDone);
  Ticks(2);
  ASSERT_EQ(bus_->Begin({.kind = BusOperation::kEnableTorque, .joints = 0x3F}), BusRefusal::kNone);
  double goal = 0;
  while (bus_->operation().phase == Phase::kRunning) {
    SetGoal(0, goal += 0.01);  // it is being braked, say
    Tick();
    EXPECT_EQ(servo(1).Get(42, 2), samples_[0].goal_raw);
    EXPECT_NEAR(samples_[0].goal_rad, goal, kRadPerTick);
  }
}

TEST_F(TorqueOnTest, GoesJointByJointGoalFirstWithAPauseBetween) {
  MakeAndOpen();
  ASSERT_EQ(EnableAll().phase, Phase::kDone);
  MonoTime last{};
  std::uint8_t last_id = 0;
  MonoTime goal_at{};
  for (const auto& request : port_->requests) {
    if (request.instruction == 0x03 && request.parameters[0] == 42) {
      EXPECT_EQ(request.id, last_id + 1);
      EXPECT_GE(request.at - last, options_.stagger);
      goal_at = request.at;
    }
    if (request.instruction == 0x83 && request.parameters[0] == 40) {
      ASSERT_EQ(request.parameters.size(), 4U) << "one joint at a time";
      EXPECT_LT(goal_at, request.at);
      last_id = request.parameters[2];
      last = request.at;
    }
  }
  EXPECT_EQ(last_id, 6);
}

TEST_F(TorqueOnTest, SpeedIsWrittenWherePhaseSaysThatZeroStops) {
  Make();
  servo(1).Set(18, 1, 4);
  servo(2).Set(18, 1, 0);
  Open();
  ASSERT_EQ(EnableAll().phase, Phase::kDone);
  EXPECT_EQ(servo(1).Get(46, 2), 7500);
  EXPECT_EQ(servo(2).Get(46, 2), 150);
}

TEST_F(TorqueOnTest, TakesTheTorqueLimitAsAFractionOfTheServosMaximum) {
  Make();
  servo(6).Set(16, 2, 500);
  Open();
  ASSERT_EQ(Run({BusOperation::kEnableTorque, AllJoints(), 0.5}).phase, Phase::kDone);
  EXPECT_EQ(servo(1).Get(48, 2), 500);
  EXPECT_EQ(servo(6).Get(48, 2), 250);
}

TEST_F(TorqueOnTest, AJointFoundUnderTorqueKeepsItsGoal) {
  Make();
  servo(2).Set(40, 1, 1);
  servo(2).Set(42, 2, 2060);
  Open();
  ASSERT_EQ(EnableAll().phase, Phase::kDone);
  EXPECT_EQ(servo(2).Get(42, 2), 2060);
  EXPECT_EQ(servo(2).Get(41, 1), 254);
}

TEST_F(TorqueOnTest, WorksWhereAGoalDoesNotEnergise) {
  Make();
  for (auto& [id, servo] : port_->servos) servo.goal_write_energises = false;
  Open();
  EXPECT_EQ(EnableAll().phase, Phase::kDone);
  EXPECT_EQ(servo(6).Get(40, 1), 1);
}

TEST_F(TorqueOnTest, DecidesAnewAfterAPauseBetweenGoalAndTorque) {
  Make();
  for (auto& [id, servo] : port_->servos) servo.goal_write_energises = false;
  Open();
  ASSERT_EQ(bus_->Begin({.kind = BusOperation::kEnableTorque, .joints = 1}), BusRefusal::kNone);
  while (!port_->WasWritten(1, 42, 43)) Tick();
  Tick();  // reads the goal back
  next_tick_ += std::chrono::seconds(1);
  servo(1).Set(56, 2, 2040);  // it has fallen, by less than is told from sag
  port_->requests.clear();
  Tick();
  EXPECT_EQ(servo(1).Get(40, 1), 0);
  while (bus_->operation().phase == Phase::kRunning) Tick();
  EXPECT_EQ(servo(1).Get(42, 2), 2040);
  EXPECT_EQ(servo(1).Get(40, 1), 1);
}

TEST_F(TorqueOnTest, WorksWhereWritesAreNotAcknowledged) {
  Make();
  for (auto& [id, servo] : port_->servos) servo.Set(8, 1, 0);
  Open();
  EXPECT_EQ(EnableAll().phase, Phase::kDone);
}

TEST_F(TorqueOnTest, WheelsGetSpeedZeroFirst) {
  options_.robot = *FindRobotModel("lekiwi");
  Make();
  servo(8).Set(46, 2, 700);
  Open();
  ASSERT_EQ(EnableAll().phase, Phase::kDone);
  EXPECT_EQ(servo(8).Get(46, 2), 0);
  EXPECT_EQ(servo(8).Get(40, 1), 1);
}

TEST_F(TorqueOnTest, RefusesAMissingServo) {
  Make();
  servo(3).mute = true;
  Open();
  ExpectRefusedUntouched(BusRefusal::kServoMissing, 2, 0);
}

TEST_F(TorqueOnTest, RefusesAServoThatFallsSilentMeanwhile) {
  MakeAndOpen();
  Tick();
  servo(4).mute = true;
  ExpectRefusedUntouched(BusRefusal::kServoMissing, 3, 0);
}

TEST_F(TorqueOnTest, RefusesAStatusBit) {
  MakeAndOpen();
  servo(2).Set(65, 1, 0x20);
  ExpectRefusedUntouched(BusRefusal::kServoFault, 1, 65);
  EXPECT_TRUE(bus_->operation().faults.Has(Fault::kOverload));
}

TEST_F(TorqueOnTest, RefusesASupplyOutsideTheServosWindow) {
  Make();
  servo(2).Set(14, 1, 80);
  Open();
  ExpectRefusedUntouched(BusRefusal::kSupplyOutside, 1, 14);
  EXPECT_EQ(bus_->operation().fact.wanted, 80);
  EXPECT_EQ(bus_->operation().fact.found, 121);
  servo(2).Set(62, 1, 30);
  ExpectRefusedUntouched(BusRefusal::kSupplyOutside, 1, 15);
}

TEST_F(TorqueOnTest, RefusesASettingWithWhichAServoCannotBeDriven) {
  Make();
  servo(2).Set(16, 2, 0);
  Open();
  Tick();
  EXPECT_TRUE(samples_[1].faults.Has(Fault::kUnfitSetting));
  EXPECT_FALSE(samples_[0].faults.Has(Fault::kUnfitSetting));
  ExpectRefusedUntouched(BusRefusal::kUnfitSetting, 1, 16);
}

TEST_F(TorqueOnTest, RefusesASettingThatIsUnfitSinceTheBusWasOpened) {
  MakeAndOpen();
  servo(2).Set(21, 1, 0);
  ExpectRefusedUntouched(BusRefusal::kUnfitSetting, 1, 21);
}

TEST_F(TorqueOnTest, RefusesAnUncalibratedJoint) {
  Make();
  servo(2).Set(9, 2, 0);
  servo(2).Set(11, 2, 4095);
  Open();
  ExpectRefusedUntouched(BusRefusal::kUncalibrated, 1, 0);
}

TEST_F(TorqueOnTest, RefusesACalibrationThatChangedSinceOpening) {
  MakeAndOpen();
  servo(2).Set(31, 2, 100);
  ExpectRefusedUntouched(BusRefusal::kCalibrationDiffers, 1, 31);
  servo(2).Set(31, 2, 85);
  servo(5).Set(11, 2, 3000);
  ExpectRefusedUntouched(BusRefusal::kCalibrationDiffers, 4, 11);
}

TEST_F(TorqueOnTest, RefusesTheWrongMode) {
  options_.robot = *FindRobotModel("lekiwi");
  Make();
  servo(7).Set(33, 1, 0);
  Open();
  ExpectRefusedUntouched(BusRefusal::kUnfitSetting, 6, 33);
}

TEST_F(TorqueOnTest, RefusesAPositionOutsideTheRange) {
  MakeAndOpen();
  servo(1).Set(56, 2, 700);
  ExpectRefusedUntouched(BusRefusal::kOutsideRange, 0, 9);
  servo(1).Set(56, 2, 3400);
  ExpectRefusedUntouched(BusRefusal::kOutsideRange, 0, 11);
}

TEST_F(TorqueOnTest, RefusesAJointThatFallsOutOfTheRangeMeanwhile) {
  MakeAndOpen();
  ASSERT_EQ(bus_->Begin({.kind = BusOperation::kEnableTorque, .joints = AllJoints()}),
            BusRefusal::kNone);
  for (int i = 0; i < 100 && servo(2).Get(40, 1) == 0; ++i) {
    if (servo(1).Get(40, 1) == 1) servo(2).Set(56, 2, 3400);  // checked before, and falling since
    Tick();
  }
  while (bus_->operation().phase == Phase::kRunning) Tick();
  EXPECT_EQ(bus_->operation().refusal, BusRefusal::kOutsideRange);
  EXPECT_EQ(bus_->operation().joint, 1);
  for (const auto& [id, servo] : port_->servos) EXPECT_EQ(servo.Get(40, 1), 0) << int{id};
}

TEST_F(TorqueOnTest, RefusesAPositionNearTheSeam) {
  MakeAndOpen();
  servo(5).Set(56, 2, 63);
  ExpectRefusedUntouched(BusRefusal::kNearSeam, 4, 56);
  servo(5).Set(56, 2, 4032);
  ExpectRefusedUntouched(BusRefusal::kNearSeam, 4, 56);
  servo(5).Set(56, 2, 64);
  EXPECT_EQ(EnableAll().phase, Phase::kDone);
}

TEST_F(TorqueOnTest, ReleasesWhatItEnergisedWhenAServoDoesNotTakeTorque) {
  MakeAndOpen();
  servo(3).ignores_torque = true;
  ExpectRefused(BusRefusal::kReadBackDiffers, 2, 40);
  EXPECT_TRUE(port_->WasWritten(2, 40, 40)) << "had been energised";
  EXPECT_FALSE(port_->WasWritten(4, 42, 43)) << "its turn never came";
}

TEST_F(TorqueOnTest, ReleasesWhatItEnergisedWhenAJointMoves) {
  MakeAndOpen();
  servo(2).moves_when_energised = 61;
  ExpectRefused(BusRefusal::kMovedOnEnable, 1, 56);
  EXPECT_EQ(bus_->operation().fact.wanted, 2048);
  EXPECT_EQ(bus_->operation().fact.found, 2109);
}

TEST_F(TorqueOnTest, SagWithinTheAllowanceIsNotMovement) {
  MakeAndOpen();
  servo(2).moves_when_energised = -60;
  EXPECT_EQ(EnableAll().phase, Phase::kDone);
}

TEST_F(TorqueOnTest, ServosFoundOnStayOnWhenTheCallFails) {
  Make();
  servo(1).Set(40, 1, 1);
  servo(1).Set(42, 2, 2048);
  Open();
  servo(2).moves_when_energised = 500;
  EXPECT_EQ(EnableAll().refusal, BusRefusal::kMovedOnEnable);
  EXPECT_EQ(servo(1).Get(40, 1), 1);
  EXPECT_EQ(servo(2).Get(40, 1), 0);
}

TEST_F(TorqueOnTest, SurvivesLostPackets) {
  MakeAndOpen();
  ASSERT_EQ(bus_->Begin({BusOperation::kEnableTorque, AllJoints(), 1.0}), BusRefusal::kNone);
  for (int i = 0; i < 400 && bus_->operation().phase == Phase::kRunning; ++i) {
    servo(static_cast<std::uint8_t>(i % 6 + 1)).corrupt = 1;
    Tick();
    Tick();
  }
  EXPECT_EQ(bus_->operation().phase, Phase::kDone) << static_cast<int>(bus_->operation().refusal);
}

TEST_F(TorqueOnTest, ALostBusEndsIt) {
  MakeAndOpen();
  ASSERT_EQ(bus_->Begin({BusOperation::kEnableTorque, AllJoints(), 1.0}), BusRefusal::kNone);
  Ticks(5);
  port_->unplugged = true;
  Tick();
  EXPECT_EQ(bus_->operation().phase, Phase::kFailed);
  EXPECT_EQ(bus_->operation().refusal, BusRefusal::kBusLost);
}

TEST_F(TorqueOnTest, ASecondOperationIsBusyButReleaseIsNot) {
  MakeAndOpen();
  const BusOperationRequest enable{BusOperation::kEnableTorque, AllJoints(), 1.0};
  ASSERT_EQ(bus_->Begin(enable), BusRefusal::kNone);
  while (servo(3).Get(40, 1) == 0) Tick();
  EXPECT_EQ(bus_->Begin(enable), BusRefusal::kBusy);
  // Only joint 6 is meant, but what the other call energised goes limp with it.
  EXPECT_EQ(Run({BusOperation::kReleaseTorque, MaskOf(5), 1.0}).phase, Phase::kDone);
  for (const auto& [id, servo] : port_->servos) EXPECT_EQ(servo.Get(40, 1), 0);
}

}  // namespace
}  // namespace soarm
