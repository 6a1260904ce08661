// What survives a power cycle, and what a write costs.

#include <gtest/gtest.h>

#include "tests/fakes/sim_bus.h"

namespace soarm::sim {
namespace {

void PowerCycleAndWait(BenchBus& bus, int id) {
  ASSERT_TRUE(bus.controls().PowerCycle(id).ok());
  bus.Run(std::chrono::seconds(2));
}

TEST(PersistenceTest, AWriteUnderTheLockActsAndIsLost) {
  BenchBus bus({1});
  EXPECT_EQ(bus.ReadByte(1, reg::kLock), 1);
  bus.WriteWord(1, reg::kMinAngle, 700);
  EXPECT_EQ(bus.ReadWord(1, reg::kMinAngle), 700);
  PowerCycleAndWait(bus, 1);
  EXPECT_EQ(bus.ReadWord(1, reg::kMinAngle), 0);
}

TEST(PersistenceTest, AnUnlockedWriteSurvives) {
  BenchBus bus({1});
  bus.Write(1, reg::kLock, {0});
  bus.WriteWord(1, reg::kMinAngle, 700);
  PowerCycleAndWait(bus, 1);
  EXPECT_EQ(bus.ReadWord(1, reg::kMinAngle), 700);
  EXPECT_EQ(bus.ReadByte(1, reg::kLock), 1) << "locked again at power-up";
}

TEST(PersistenceTest, OnlyTheBytesOfTheUnlockedWriteSurvive) {
  BenchBus bus({1});
  bus.WriteWord(1, reg::kMinAngle, 700);  // under the lock
  bus.Write(1, reg::kLock, {0});
  bus.WriteWord(1, reg::kMaxAngle, 3000);
  PowerCycleAndWait(bus, 1);
  EXPECT_EQ(bus.ReadWord(1, reg::kMinAngle), 0);
  EXPECT_EQ(bus.ReadWord(1, reg::kMaxAngle), 3000);
}

TEST(PersistenceTest, TheLockThatTheSamePacketSetsCounts) {
  BenchBus bus({1});
  bus.Write(1, reg::kLock, {0});
  Bytes block(reg::kLock - reg::kSpeedI + 1U, 0);  // 39..55
  block.front() = 77;
  block.back() = 1;
  bus.Write(1, reg::kSpeedI, block);
  PowerCycleAndWait(bus, 1);
  EXPECT_EQ(bus.ReadByte(1, reg::kSpeedI), 200);
}

TEST(PersistenceTest, WorkingRegistersStartAtTheirDefaults) {
  BenchBus bus({1});
  bus.Write(1, reg::kLock, {0});
  bus.WriteWord(1, reg::kMaxTorque, 500);
  EXPECT_EQ(bus.ReadWord(1, reg::kTorqueLimit), 1000) << "copied at power-up only";
  bus.Write(1, reg::kAcceleration, {50, 0, 8, 0, 0, 0xE8, 3});
  EXPECT_EQ(bus.ReadByte(1, reg::kTorqueEnable), 1);
  PowerCycleAndWait(bus, 1);
  EXPECT_EQ(bus.Read(1, 40, 8), Bytes(8, 0));
  EXPECT_EQ(bus.ReadWord(1, reg::kTorqueLimit), 500);
}

TEST(PersistenceTest, RecalibrationIgnoresTheLock) {
  BenchBus bus({1, 2});
  for (const int id : {1, 2}) bus.Place(id, 1304);
  bus.Write(1, reg::kTorqueEnable, {128});
  bus.Ask("FF FF 02 02 0B F0", std::chrono::milliseconds(50));
  for (const int id : {1, 2}) {
    PowerCycleAndWait(bus, id);
    EXPECT_EQ(bus.ReadWord(id, reg::kPosition), 2048) << id;
    EXPECT_EQ(DecodeOffset(static_cast<std::uint16_t>(bus.ReadWord(id, reg::kOffset)), true),
              1304 - 2048)
        << id;
  }
}

TEST(PersistenceTest, RecoveryBringsTheBackupBackButNotTheId) {
  BenchBus bus({1});
  const Nanos flash = std::chrono::milliseconds(50);
  bus.Write(1, reg::kLock, {0});
  bus.Write(1, reg::kPositionP, {16});
  bus.Ask("FF FF 01 02 09 F3", flash);  // backup
  bus.Write(1, reg::kPositionP, {99});
  bus.Write(1, reg::kId, {7});
  bus.Ask("FF FF 07 02 06 F0", flash);  // recovery
  EXPECT_EQ(bus.ReadByte(7, reg::kPositionP), 16);
  PowerCycleAndWait(bus, 7);
  EXPECT_EQ(bus.ReadByte(7, reg::kPositionP), 16);
}

TEST(PersistenceTest, Firmware39StartsUnlocked) {
  BenchBus bus({1}, FirmwareFor("3.9").value());
  EXPECT_EQ(bus.ReadByte(1, reg::kLock), 0);
  EXPECT_EQ(bus.ReadByte(1, reg::kMaxAcceleration), 50);
  EXPECT_EQ(bus.ReadWord(1, reg::kProtectionCurrent), 500);
}

TEST(PersistenceTest, AFlashEraseDeafensTheServoAndDelaysTheAnswer) {
  BenchBus bus({1});
  bus.Write(1, reg::kLock, {0});
  bus.Write(1, reg::kPositionP, {16});
  // The second changing write erases: 5 ms and 25 ms.
  const Bytes write = InstructionPacket(1, Instruction::kWrite, Bytes{reg::kPositionP, 17});
  EXPECT_EQ(bus.Ask(write, std::chrono::milliseconds(20)).size(), 0u);
  EXPECT_EQ(bus.Ask("FF FF 01 02 01 FB", std::chrono::milliseconds(5)), "") << "deaf";
  bus.Run(std::chrono::milliseconds(10));
  EXPECT_EQ(bus.model().TakeDelivered().size(), 6u) << "the answer to the write";
  EXPECT_EQ(bus.Ask(write).size(), 6u) << "the same value again costs no flash";
  EXPECT_EQ(bus.servo(1).flash_writes(), 2u);
}

TEST(PersistenceTest, TurnsAreForgottenAtPowerUp) {
  BenchBus bus({1});
  bus.Write(1, reg::kLock, {0});
  bus.Write(1, reg::kPhase, {12 + 16});
  bus.Place(1, 5000);
  EXPECT_EQ(bus.ReadWord(1, reg::kPosition), 5000);
  PowerCycleAndWait(bus, 1);
  EXPECT_EQ(bus.ReadWord(1, reg::kPosition), 5000 - 4096);
}

}  // namespace
}  // namespace soarm::sim
