// Servos that another program left in an operating mode in which our goals mean nothing, or with a
// phase by which they drive away from them.

#include <gtest/gtest.h>

#include "tests/unit/servo/feetech/simulated_bus.h"

namespace soarm {
namespace {

using std::chrono::milliseconds;

class OtherModeTest : public SimulatedBusTest {};

TEST_F(OtherModeTest, AWheelThatTurnsInDutyModeIsSwitchedOff) {
  SetUpRobot("lekiwi");
  Write(8, 33, {2});
  Write(8, 40, {1});
  Write(8, 44, {0x2C, 1});
  clock_.SleepUntil(clock_.Now() + milliseconds(500));
  Open();
  ASSERT_EQ(ByteOf(8, 40), 1);
  goals_[7] = {.write = true, .value = 0, .must_rest = true};
  TicksFor(milliseconds(300));
  EXPECT_EQ(ByteOf(8, 40), 0);
  EXPECT_FALSE(samples_[7].faults.Has(Fault::kStopUnconfirmed));
}

TEST_F(OtherModeTest, AWheelThatCountsItsTurnsInStepModeIsSwitchedOff) {
  SetUpRobot("lekiwi");
  Open();
  ASSERT_EQ(Run({.kind = BusOperation::kEnableTorque, .joints = MaskOf(6)}).phase,
            BusOperationResult::Phase::kDone);
  goals_[6] = {.write = true, .value = 0, .must_rest = true};
  Write(7, 33, {3});
  Write(7, 42, {0x20, 0x4E});
  TicksFor(std::chrono::seconds(3));
  EXPECT_TRUE(samples_[6].faults.Has(Fault::kSettingsChanged));
  EXPECT_FALSE(samples_[6].faults.Has(Fault::kDuplicateId));
  Open();
  TicksFor(milliseconds(300));
  EXPECT_EQ(ByteOf(7, 40), 0);
}

TEST_F(OtherModeTest, AJointThatTurnsInSpeedModeIsSwitchedOff) {
  Write(5, 33, {1});
  Write(5, 40, {1});
  Write(5, 46, {60, 0});
  clock_.SleepUntil(clock_.Now() + milliseconds(200));
  Open();
  goals_[4] = {.write = true, .value = 0};
  TicksFor(milliseconds(100));
  EXPECT_EQ(ByteOf(5, 40), 1);
  EXPECT_EQ(WordOf(5, 46), 60) << "nothing is written that it would not understand";
  TicksFor(milliseconds(300));
  EXPECT_EQ(ByteOf(5, 40), 0);
}

TEST_F(OtherModeTest, AJointThatPressesAgainstItsEndInSpeedModeIsSwitchedOff) {
  Write(3, 33, {1});
  Write(3, 40, {1});
  Write(3, 46, {0xDC, 5});
  clock_.SleepUntil(clock_.Now() + std::chrono::seconds(4));
  Open();
  ASSERT_EQ(ByteOf(3, 40), 1);
  TicksFor(std::chrono::seconds(2));
  EXPECT_EQ(ByteOf(3, 40), 0);
}

TEST_F(OtherModeTest, AJointThatCrawlsInStepModeIsSwitchedOff) {
  Write(5, 33, {3});
  Write(5, 46, {50, 0});
  Write(5, 42, {0xB8, 0x0B});
  Write(5, 40, {1});
  clock_.SleepUntil(clock_.Now() + milliseconds(300));
  Open();
  TicksFor(milliseconds(600));
  EXPECT_TRUE(samples_[4].faults.Has(Fault::kWrongMode));
  EXPECT_EQ(ByteOf(5, 40), 0);
}

TEST_F(OtherModeTest, AJointThatStandsInSpeedModeKeepsItsTorque) {
  Write(5, 33, {1});
  Write(5, 40, {1});
  Open();
  TicksFor(milliseconds(500));
  EXPECT_EQ(ByteOf(5, 40), 1);
}

TEST_F(OtherModeTest, AJointThatDrivesTheOtherWayIsSwitchedOffAndNotPressedAgainstItsEnd) {
  for (const int phase : {0x0D, 0x8C, 0x8D}) {
    SetUpRobot("so101");
    Open();
    ASSERT_EQ(Run({.kind = BusOperation::kEnableTorque, .joints = MaskOf(0)}).phase,
              BusOperationResult::Phase::kDone);
    Write(1, 18, {static_cast<std::uint8_t>(phase)});
    goals_[0] = {.write = true, .value = 0.02};
    TicksFor(std::chrono::seconds(3));
    EXPECT_TRUE(samples_[0].faults.Has(Fault::kSettingsChanged));
    Open();
    goals_[0] = {.write = true, .value = samples_[0].position_rad};
    TicksFor(milliseconds(500));
    EXPECT_EQ(ByteOf(1, 40), 0) << phase;
    EXPECT_TRUE(samples_[0].faults.Has(Fault::kUnfitSetting));
    EXPECT_FALSE(samples_[0].faults.Has(Fault::kWrongMode));
  }
}

TEST_F(OtherModeTest, AWheelThatDrivesTheOtherWayIsSwitchedOff) {
  SetUpRobot("lekiwi");
  Open();
  ASSERT_EQ(Run({.kind = BusOperation::kEnableTorque, .joints = MaskOf(6)}).phase,
            BusOperationResult::Phase::kDone);
  Write(7, 18, {0x0D});
  goals_[6] = {.write = true, .value = 0.2};
  TicksFor(std::chrono::seconds(3));
  Open();
  goals_[6] = {.write = true, .value = 0, .must_rest = true};
  TicksFor(milliseconds(500));
  EXPECT_EQ(ByteOf(7, 40), 0);
}

TEST_F(OtherModeTest, AStopSwitchesOffWhatStandsInSpeedMode) {
  Write(5, 33, {1});
  Write(5, 40, {1});
  Open();
  goals_[4] = {.must_rest = true};
  TicksFor(milliseconds(300));
  EXPECT_EQ(ByteOf(5, 40), 0);
}

TEST_F(OtherModeTest, AJointThatSwingsByAnotherProgramsGainsUnderAStopIsNamedAndKeepsItsTorque) {
  Write(1, 23, {255});
  Open();
  ASSERT_EQ(Run({.kind = BusOperation::kEnableTorque, .joints = MaskOf(0)}).phase,
            BusOperationResult::Phase::kDone);
  goals_[0] = {.write = true, .value = 0.5};
  TicksFor(milliseconds(300));
  goals_[0].must_rest = true;
  TicksFor(milliseconds(600));
  EXPECT_FALSE(samples_[0].faults.Has(Fault::kStopUnconfirmed)) << "it may still come to rest";
  TicksFor(std::chrono::seconds(1));
  EXPECT_TRUE(samples_[0].faults.Has(Fault::kStopUnconfirmed));
  EXPECT_EQ(ByteOf(1, 40), 1);
}

}  // namespace
}  // namespace soarm
