// What a write sets in motion.

#include <gtest/gtest.h>

#include "common/base/units.h"
#include "tests/fakes/sim_bus.h"

namespace soarm::sim {
namespace {

constexpr Nanos kSettled = std::chrono::milliseconds(1500);

TEST(SideEffectTest, EachModesOwnGoalEnergises) {
  struct Case {
    int mode, address;
  };
  for (const auto& [mode, address] : {Case{0, 42}, Case{1, 46}, Case{2, 44}, Case{3, 42}}) {
    BenchBus bus({1});
    bus.Write(1, reg::kMode, {static_cast<std::uint8_t>(mode)});
    for (const int other : {42, 44, 46}) {
      if (other == address) continue;
      bus.WriteWord(1, other, 0);
      EXPECT_EQ(bus.ReadByte(1, reg::kTorqueEnable), 0) << mode << " " << other;
    }
    bus.WriteWord(1, address, 0);
    EXPECT_EQ(bus.ReadByte(1, reg::kTorqueEnable), 1) << mode;
  }
}

TEST(SideEffectTest, AGoalDoesNotEnergiseWhereTheSwitchIsOff) {
  FirmwareOptions firmware;
  firmware.auto_torque_on = false;
  BenchBus bus({1}, firmware);
  bus.WriteWord(1, 42, 3000);
  EXPECT_EQ(bus.ReadByte(1, reg::kTorqueEnable), 0);
  bus.Run(kSettled);
  EXPECT_EQ(bus.ReadWord(1, reg::kPosition), 2048);
}

TEST(SideEffectTest, AChangedModeStopsAndClears) {
  BenchBus bus({1});
  bus.Write(1, 41, {50, 0, 8, 0, 0, 0xE8, 3});
  bus.Write(1, reg::kMode, {0});
  EXPECT_EQ(bus.ReadByte(1, reg::kTorqueEnable), 1) << "the same mode again does nothing";
  bus.Write(1, reg::kMode, {1});
  EXPECT_EQ(bus.ReadByte(1, reg::kTorqueEnable), 0);
  EXPECT_EQ(bus.ReadByte(1, reg::kAcceleration), 0);
  EXPECT_EQ(bus.ReadWord(1, reg::kGoalSpeed), 0);
}

TEST(SideEffectTest, EnablingHoldsThePresentPosition) {
  BenchBus bus({1});
  bus.WriteWord(1, 42, 3000);
  bus.Write(1, reg::kTorqueEnable, {0});
  bus.Place(1, 1000);
  bus.Write(1, reg::kTorqueEnable, {1});
  bus.Run(kSettled);
  EXPECT_NEAR(bus.ReadWord(1, reg::kPosition), 1000, 2);
  EXPECT_EQ(bus.ReadWord(1, 42), 3000) << "the register keeps its stale value";
  EXPECT_EQ(bus.ReadWord(1, reg::kGoalCopy), 1000);
}

TEST(SideEffectTest, EnablingJumpsToAStaleGoalWhereTheSwitchIsOn) {
  FirmwareOptions firmware;
  firmware.jump_to_stale_goal = true;
  BenchBus bus({1}, firmware);
  bus.WriteWord(1, 42, 3000);
  bus.Write(1, reg::kTorqueEnable, {0});
  bus.Place(1, 1000);
  bus.Write(1, reg::kTorqueEnable, {1});
  bus.Run(kSettled);
  EXPECT_NEAR(bus.ReadWord(1, reg::kPosition), 3000, 3);
}

TEST(SideEffectTest, OfTwoWritesInOneControlStepTheLastCountsWhereTheSwitchIsOn) {
  for (const bool on : {false, true}) {
    FirmwareOptions firmware;
    firmware.last_write_of_a_step_counts = on;
    BenchBus bus({1}, firmware);
    bus.Write(1, reg::kMode, {1});
    bus.WriteWord(1, 46, 1000);
    bus.Run(kSettled);
    Bytes both = InstructionPacket(1, Instruction::kWrite, Bytes{46, 0, 0});
    const Bytes limit = InstructionPacket(1, Instruction::kWrite, Bytes{48, 0xE8, 3});
    both.insert(both.end(), limit.begin(), limit.end());
    bus.Ask(both, kSettled);
    EXPECT_EQ(bus.ReadWord(1, 46), 0) << "the register says so in any case";
    EXPECT_NEAR(bus.Truth(1).speed_rad_s / kRadPerTick, on ? 1000 : 0, 25) << on;
    bus.WriteWord(1, 46, 0);
    bus.Run(kSettled);
    EXPECT_NEAR(bus.Truth(1).speed_rad_s, 0, 0.05) << "alone it counts";
  }
}

TEST(SideEffectTest, AnOffsetWriteMovesTheNumberNotTheShaft) {
  BenchBus bus({1});
  bus.Write(1, reg::kTorqueEnable, {1});
  bus.WriteWord(1, reg::kOffset, EncodeOffset(500));
  EXPECT_EQ(bus.ReadWord(1, reg::kPosition), 1548);
  bus.Run(kSettled);
  EXPECT_NEAR(bus.Truth(1).angle_rad, 0, 0.003);
}

TEST(SideEffectTest, GoalsAreClampedToTheRangeUnlessItIsEmpty) {
  BenchBus bus({1});
  bus.WriteWord(1, reg::kMinAngle, 1500);
  bus.WriteWord(1, reg::kMaxAngle, 2500);
  bus.WriteWord(1, 42, 4000);
  bus.Run(kSettled);
  EXPECT_NEAR(bus.ReadWord(1, reg::kPosition), 2500, 3);
  bus.WriteWord(1, reg::kMinAngle, 0);
  bus.WriteWord(1, reg::kMaxAngle, 0);
  bus.WriteWord(1, 42, 5000);
  bus.Run(kSettled);
  EXPECT_NEAR(bus.ReadWord(1, reg::kPosition), 5000 - 4096, 3) << "a turn further, told wrapped";
}

TEST(SideEffectTest, TheRangeCountsWhenAGoalIsWrittenNotAfterwards) {
  BenchBus bus({1});
  bus.WriteWord(1, 42, 3000);
  bus.WriteWord(1, reg::kMaxAngle, 2500);
  bus.Run(kSettled);
  EXPECT_NEAR(bus.ReadWord(1, reg::kPosition), 3000, 3);
  bus.WriteWord(1, 42, 3000);
  bus.Run(kSettled);
  EXPECT_NEAR(bus.ReadWord(1, reg::kPosition), 2500, 3) << "the same goal again";
}

TEST(SideEffectTest, CrossedLimitsLeaveOnlyTheTwoOfThem) {
  BenchBus bus({1});
  bus.WriteWord(1, reg::kMinAngle, 2500);
  bus.WriteWord(1, reg::kMaxAngle, 1500);
  bus.WriteWord(1, 42, 2000);
  bus.Run(kSettled);
  EXPECT_NEAR(bus.ReadWord(1, reg::kPosition), 2500, 3);
  bus.WriteWord(1, 42, 2600);
  bus.Run(kSettled);
  EXPECT_NEAR(bus.ReadWord(1, reg::kPosition), 1500, 3);
}

// What the host is told are single turns; the loop counts them all the same.
TEST(SideEffectTest, AShaftThatWasTurnedOverTheSeamByHandComesBackTheWayItWent) {
  BenchBus bus({1});
  bus.Place(1, 4096 + 100);
  EXPECT_EQ(bus.ReadWord(1, reg::kPosition), 100);
  bus.Write(1, reg::kTorqueEnable, {1});
  bus.Run(kSettled);
  EXPECT_NEAR(bus.Truth(1).position_raw, 4096 + 100, 3) << "enabling moves nothing";
  EXPECT_EQ(bus.ReadWord(1, reg::kGoalCopy), 100);
  bus.WriteWord(1, 42, 100);
  bus.Run(2 * kSettled);
  EXPECT_NEAR(bus.Truth(1).position_raw, 100, 3) << "a whole turn, for a goal that is where it was";
}

TEST(SideEffectTest, TheAccelerationIsCappedWhenItIsWritten) {
  BenchBus bus({1});
  bus.Write(1, reg::kAcceleration, {254});
  EXPECT_EQ(bus.ReadByte(1, reg::kAcceleration), 100);
  bus.Write(1, reg::kMaxAcceleration, {254});
  EXPECT_EQ(bus.ReadByte(1, reg::kAcceleration), 100);
  bus.Write(1, reg::kAcceleration, {254});
  EXPECT_EQ(bus.ReadByte(1, reg::kAcceleration), 254);
}

TEST(SideEffectTest, ASpeedOfZeroIsFullSpeedOrAStopByThePhaseBit) {
  BenchBus bus({1, 2});
  bus.Write(2, reg::kPhase, {4});
  bus.WriteWord(2, reg::kGoalSpeed, 0);  // the bit counts from the next speed on
  for (const int id : {1, 2}) bus.WriteWord(id, 42, 3000);
  bus.Run(kSettled);
  EXPECT_NEAR(bus.ReadWord(1, reg::kPosition), 3000, 3);
  EXPECT_EQ(bus.ReadWord(2, reg::kPosition), 2048);
}

TEST(SideEffectTest, StepModeAddsAndTellsWhatRemains) {
  BenchBus bus({1});
  bus.Write(1, reg::kMode, {3});
  bus.WriteWord(1, 42, EncodeSigned(-300, 15));
  bus.Run(kSettled);
  EXPECT_NEAR(DecodeSigned(static_cast<std::uint16_t>(bus.ReadWord(1, reg::kPosition)), 15), 0, 3);
  EXPECT_NEAR(bus.Truth(1).position_raw, 2048 - 300, 4);
}

TEST(SideEffectTest, PwmModeDrivesOpenLoop) {
  BenchBus bus({1});
  bus.Write(1, reg::kMode, {2});
  bus.WriteWord(1, reg::kTorqueLimit, 400);
  bus.WriteWord(1, 44, 1023);
  bus.Run(kSettled);
  EXPECT_EQ(bus.ReadWord(1, reg::kLoad), 400) << "clamped to the torque limit";
  EXPECT_GT(bus.Truth(1).speed_rad_s, 1.0);
}

TEST(SideEffectTest, WheelsReachTheirSpeedAndStop) {
  BenchBus bus("lekiwi");
  bus.WriteWord(7, 46, 1000);
  bus.WriteWord(8, 46, EncodeSigned(-500, 15));
  bus.Run(kSettled);
  EXPECT_NEAR(bus.Truth(7).speed_rad_s / kRadPerTick, 1000, 25);
  EXPECT_NEAR(bus.ReadWord(7, reg::kSpeed), 1000, 50);
  EXPECT_NEAR(bus.Truth(8).speed_rad_s / kRadPerTick, -500, 25);
  bus.WriteWord(7, 46, 0);
  bus.Run(kSettled);
  EXPECT_NEAR(bus.Truth(7).speed_rad_s, 0, 0.05);
  EXPECT_EQ(bus.ReadByte(7, reg::kTorqueEnable), 1);
}

TEST(SideEffectTest, AWheelTurnsAtItsLeastSpeedOrNotAtAll) {
  BenchBus bus("lekiwi");
  bus.WriteWord(7, 46, 1);
  bus.WriteWord(8, 46, EncodeSigned(-1, 15));
  bus.WriteWord(9, 46, 0);
  bus.Run(2 * kSettled);
  EXPECT_NEAR(bus.Truth(7).speed_rad_s / kRadPerTick, 50, 10);
  EXPECT_NEAR(bus.Truth(8).speed_rad_s / kRadPerTick, -50, 10);
  EXPECT_EQ(bus.Truth(9).speed_rad_s, 0);
}

// Limits of torque and acceleration that change while a wheel turns count at once; neither stops
// it.
TEST(SideEffectTest, AWheelHasLessTorqueOrBrakesSlowerFromTheWriteOn) {
  BenchBus bus("lekiwi");
  for (const int id : {7, 8}) bus.WriteWord(id, 46, 1000);
  bus.Run(kSettled);
  bus.WriteWord(7, reg::kTorqueLimit, 100);
  bus.Run(kSettled);
  EXPECT_LE(bus.ReadWord(7, reg::kLoad), 100);
  EXPECT_GT(bus.Truth(7).speed_rad_s, 0.2) << "slower, but on";
  bus.Write(8, reg::kAcceleration, {5});
  bus.WriteWord(8, 46, 0);
  EXPECT_GT(bus.Truth(8).speed_rad_s, 1.0);
  bus.Run(2 * kSettled);
  EXPECT_NEAR(bus.Truth(8).speed_rad_s, 0, 0.05);
}

TEST(SideEffectTest, MovingIsToldWhileAMoveRuns) {
  BenchBus bus({1});
  EXPECT_EQ(bus.ReadByte(1, reg::kMoving), 0);
  bus.WriteWord(1, 42, 3000);
  EXPECT_EQ(bus.ReadByte(1, reg::kMoving), 1);
  bus.Run(kSettled);
  EXPECT_EQ(bus.ReadByte(1, reg::kMoving), 0);
}

TEST(SideEffectTest, AMoveStartsTwentyFiveMillisecondsLate) {
  BenchBus bus({1});
  bus.Write(1, reg::kMaxAcceleration, {254});
  bus.Write(1, reg::kAcceleration, {254});
  bus.Ask(InstructionPacket(1, Instruction::kWrite, Bytes{42, 0xB8, 0x0B}),
          std::chrono::milliseconds(20));
  EXPECT_EQ(bus.Truth(1).angle_rad, 0);
  bus.Run(std::chrono::milliseconds(100));
  EXPECT_GT(bus.Truth(1).angle_rad, 0.01);
}

}  // namespace
}  // namespace soarm::sim
