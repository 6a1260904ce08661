// A speed that is not replaced is motion: what a wheel that has to stand gets, whatever is wrong.

#include <functional>

#include <gtest/gtest.h>

#include "tests/unit/servo/feetech/bus_fixture.h"

namespace soarm {
namespace {

constexpr std::uint8_t kWheel = 7;
constexpr std::size_t kJoint = 6;
constexpr int kForGood = 1'000'000;

class MustRestTest : public BusFixture {
 protected:
  MustRestTest() : BusFixture("lekiwi") {}

  // All under torque, the wheels turning by goals of ours.
  void MakeTurning() {
    MakeAndOpen();
    ASSERT_EQ(EnableAll().phase, BusOperationResult::Phase::kDone);
    for (std::size_t i = kJoint; i < 9; ++i) SetGoal(i, 2.0);
    Ticks(20);
    ASSERT_NE(servo(kWheel).Get(46, 2), 0);
    port_->requests.clear();
  }
  // What control asks for once the ramp is over.
  void Rest() {
    for (std::size_t i = kJoint; i < 9; ++i) goals_[i] = {false, 0, true};
  }
  int WritesOf(std::uint8_t address) const {
    int count = 0;
    for (const auto& written : port_->AllWritten()) {
      count += written.id == kWheel && written.address == address ? 1 : 0;
    }
    return count;
  }
};

TEST_F(MustRestTest, ABusOnWhichNobodyAnswersStaysOpenWhileAWheelIsToBeStopped) {
  MakeTurning();
  for (std::uint8_t id = 1; id <= 9; ++id) servo(id).drop = kForGood;
  Rest();
  for (int i = 0; i < 1000; ++i) ASSERT_FALSE(Tick().reopen) << i;
}

TEST_F(MustRestTest, SpeedZeroReachesAWheelInSpiteOfWhateverIsWrongWithIt) {
  const std::function<void(fakes::FakeServo&)> troubles[] = {
      [](auto& servo) { servo.drop = kForGood; },     // hears, but does not answer
      [](auto& servo) { servo.corrupt = kForGood; },  // its answers are rubble
      [](auto& servo) { servo.Set(65, 1, 2); },       // encoder fault
      [](auto& servo) { servo.Set(65, 1, 4); },       // over temperature
      [](auto& servo) { servo.Set(41, 1, 50); },      // somebody else's acceleration
      [](auto& servo) { servo.Set(48, 2, 800); },     // ... and torque limit
  };
  int number = 0;
  for (const auto& trouble : troubles) {
    SCOPED_TRACE(number++);
    goals_.assign(9, {});
    MakeTurning();
    trouble(servo(kWheel));
    Ticks(20);
    Rest();
    Ticks(2);
    EXPECT_EQ(servo(kWheel).Get(46, 2), 0);
  }
}

TEST_F(MustRestTest, ARampThatReachesTheWheelTakesItsTime) {
  MakeTurning();
  for (int i = 60; i >= 0; --i) {
    for (std::size_t k = kJoint; k < 9; ++k) goals_[k] = {true, 2.0 * i / 60, true};
    Tick();
    EXPECT_FALSE(samples_[kJoint].faults.Has(Fault::kStopUnconfirmed)) << i;
  }
  Ticks(50);
  EXPECT_EQ(servo(kWheel).Get(40, 1), 1) << "it obeyed";
  EXPECT_EQ(servo(kWheel).Get(46, 2), 0);
}

TEST_F(MustRestTest, AWheelThatReadBackZeroIsLeftInPeaceAndKeepsItsTorque) {
  MakeTurning();
  Rest();
  Ticks(3);
  port_->requests.clear();
  Ticks(100);
  EXPECT_EQ(WritesOf(46), 0);
  EXPECT_EQ(servo(kWheel).Get(40, 1), 1);
}

TEST_F(MustRestTest, AWheelThatReadBackZeroAndThenFallsSilentIsStoppedAllTheSame) {
  MakeTurning();
  Rest();
  Ticks(100);
  servo(kWheel).Set(46, 2, 2000);  // by another program, in the instant in which it falls silent
  servo(kWheel).drop = kForGood;
  Ticks(5);
  EXPECT_EQ(servo(kWheel).Get(46, 2), 0) << "what was read back before says nothing any more";
  EXPECT_EQ(servo(kWheel).Get(40, 1), 1);
  Ticks(40);
  EXPECT_EQ(servo(kWheel).Get(40, 1), 0);
  EXPECT_TRUE(samples_[kJoint].faults.Has(Fault::kStopUnconfirmed));
  EXPECT_EQ(servo(kWheel + 1).Get(40, 1), 1);
}

TEST_F(MustRestTest, AStandingWheelThatMissesAFewAnswersKeepsItsTorque) {
  MakeTurning();
  Rest();
  Ticks(100);
  port_->requests.clear();
  servo(kWheel).drop = 1;
  Ticks(20);
  EXPECT_EQ(WritesOf(46), 0);
  for (int i = 0; i < 20; ++i) {
    servo(kWheel).drop = 4;  // is put aside, and found again by the next probe
    Ticks(40);
    EXPECT_FALSE(samples_[kJoint].faults.Has(Fault::kStopUnconfirmed)) << i;
  }
  EXPECT_EQ(WritesOf(40), 0);
  EXPECT_EQ(servo(kWheel).Get(40, 1), 1);
}

TEST_F(MustRestTest, ALimpWheelThatFallsSilentIsNotEnergisedByItsZero) {
  MakeAndOpen();
  Rest();
  Ticks(50);
  servo(kWheel).drop = kForGood;
  Ticks(100);
  EXPECT_EQ(WritesOf(46), 0);
  EXPECT_EQ(servo(kWheel).Get(40, 1), 0);
}

TEST_F(MustRestTest, TorqueGoesOffWhereNothingCanBeReadBackAndTheJointIsNamed) {
  MakeTurning();
  servo(kWheel).drop = kForGood;
  Rest();
  Ticks(5);
  EXPECT_FALSE(samples_[kJoint].faults.Has(Fault::kStopUnconfirmed));
  Ticks(10);
  EXPECT_TRUE(samples_[kJoint].faults.Has(Fault::kStopUnconfirmed));
  Ticks(40);
  EXPECT_EQ(servo(kWheel).Get(40, 1), 0);
  EXPECT_FALSE(samples_[kJoint + 1].faults.Has(Fault::kStopUnconfirmed));
  EXPECT_EQ(servo(kWheel + 1).Get(40, 1), 1);
  servo(kWheel).drop = 0;
  Ticks(300);  // until it is probed again
  EXPECT_FALSE(samples_[kJoint].faults.Has(Fault::kStopUnconfirmed)) << "it was read as limp";
  EXPECT_FALSE(samples_[kJoint].torque_on);
  EXPECT_FALSE(samples_[kJoint].faults.Has(Fault::kTorqueLost)) << "it was switched off by us";
  EXPECT_FALSE(samples_[kJoint].faults.Has(Fault::kRebooted));
}

TEST_F(MustRestTest, ALimpWheelIsNotSwitchedOnByItsZero) {
  MakeAndOpen();
  Rest();
  Ticks(50);
  EXPECT_EQ(WritesOf(46), 0);
  EXPECT_EQ(servo(kWheel).Get(40, 1), 0);
}

TEST_F(MustRestTest, AWheelThatWasNeverHeardGetsTorqueOffOnly) {
  Make();
  servo(kWheel).Set(40, 1, 1);
  servo(kWheel).Set(46, 2, 1000);
  servo(kWheel).drop = kForGood;
  Open();
  Rest();
  Ticks(2);
  EXPECT_EQ(WritesOf(46), 0) << "it might be limp, and a speed would energise it";
  EXPECT_EQ(servo(kWheel).Get(40, 1), 0);
  Ticks(20);
  EXPECT_TRUE(samples_[kJoint].faults.Has(Fault::kStopUnconfirmed));
}

TEST_F(MustRestTest, ReadOnlyWheelsAreNotWritten) {
  for (GroupModel& group : options_.robot.groups) group.role = Role::kLeader;
  MakeAndOpen();
  servo(kWheel).Set(40, 1, 1);
  servo(kWheel).Set(46, 2, 1000);
  Rest();
  Ticks(60);
  EXPECT_FALSE(port_->WasWritten(kWheel, 40, 49));
}

class StoredSettingsTest : public BusFixture {};

TEST_F(StoredSettingsTest, ThatChangeBehindOurBackBarGoalsAndOpenTheBusAnew) {
  MakeAndOpen();
  ASSERT_EQ(EnableAll().phase, BusOperationResult::Phase::kDone);
  servo(3).Set(9, 2, 2600);  // another program narrows the range
  bool reopen = false;
  for (int i = 0; i < 600 && !reopen; ++i) reopen = Tick().reopen;
  EXPECT_TRUE(reopen);
  EXPECT_TRUE(samples_[2].faults.Has(Fault::kSettingsChanged));
  const int before = servo(3).Get(42, 2);
  SetGoal(2, Rad(2, 2700));
  Tick();
  EXPECT_EQ(servo(3).Get(42, 2), before);
}

}  // namespace
}  // namespace soarm
