// Who answers what, and what a servo makes of bad input.

#include <gtest/gtest.h>

#include "tests/fakes/sim_bus.h"

namespace soarm::sim {
namespace {

Bytes Packet(int id, int instruction, const Bytes& parameters) {
  return InstructionPacket(static_cast<std::uint8_t>(id), static_cast<Instruction>(instruction),
                           parameters);
}

TEST(AnswerRulesTest, LevelZeroAnswersReadsOnly) {
  BenchBus bus({1});
  const Bytes off = Packet(1, 3, {reg::kResponseLevel, 0});
  EXPECT_EQ(bus.Ask(off), Bytes{}) << "the level counts after the write";
  EXPECT_EQ(bus.Ask(Packet(1, 3, {reg::kTorqueLimit, 0x10, 0})), Bytes{});
  EXPECT_EQ(bus.Ask(Packet(1, 4, {reg::kTorqueLimit, 0x10, 0})), Bytes{});
  for (const int instruction : {0x05, 0x09, 0x0A, 0x0B, 0x55}) {
    EXPECT_EQ(bus.Ask(Packet(1, instruction, {}), std::chrono::milliseconds(50)), Bytes{})
        << instruction;
  }
  EXPECT_EQ(bus.Ask(Packet(1, 1, {})).size(), 6u);
  EXPECT_EQ(bus.Ask(Packet(1, 2, {56, 2})).size(), 8u);
  EXPECT_EQ(bus.Ask(Packet(kBroadcastId, 0x82, {56, 2, 1})).size(), 8u);
}

TEST(AnswerRulesTest, RestartIsNeverAnsweredAndSilencesTheServo) {
  BenchBus bus({1});
  bus.Write(1, reg::kAcceleration, {50});
  EXPECT_EQ(bus.Ask(Packet(1, 0x08, {})), Bytes{});
  bus.Run(std::chrono::milliseconds(1700));
  EXPECT_EQ(bus.Ask(Packet(1, 1, {})), Bytes{}) << "still starting";
  bus.Run(std::chrono::milliseconds(200));
  EXPECT_EQ(bus.Ask(Packet(1, 1, {})).size(), 6u);
  EXPECT_EQ(bus.ReadByte(1, reg::kAcceleration), 0);
}

TEST(AnswerRulesTest, BroadcastIsSilentButForPingAndReads) {
  BenchBus bus({1});
  for (const int instruction : {0x03, 0x04, 0x05, 0x0A, 0x09, 0x55}) {
    EXPECT_EQ(
        bus.Ask(Packet(kBroadcastId, instruction, {48, 0x10, 0}), std::chrono::milliseconds(50)),
        Bytes{})
        << instruction;
  }
  EXPECT_EQ(ToHex(bus.Ask(Packet(kBroadcastId, 1, {}))), "FF FF 01 02 00 FC");
  EXPECT_EQ(bus.Ask(Packet(kBroadcastId, 2, {56, 2})).size(), 8u);
}

TEST(AnswerRulesTest, OddReadsAreSilentOrCut) {
  BenchBus bus({1});
  EXPECT_EQ(bus.Ask(Packet(1, 2, {87, 1})), Bytes{}) << "past the end";
  EXPECT_EQ(bus.Ask(Packet(1, 2, {86, 2})).size(), 7u) << "cut";
  EXPECT_EQ(bus.Ask(Packet(1, 2, {0, 0})).size(), 6u + 87u) << "everything";
  EXPECT_EQ(bus.Ask(Packet(kBroadcastId, 0x82, {56, 2})), Bytes{}) << "no ids";
  EXPECT_EQ(bus.Ask(Packet(kBroadcastId, 0x82, {56, 2, 7})), Bytes{}) << "not on the list";
}

TEST(AnswerRulesTest, OddWritesAreAcknowledgedAndDoWhatTheyCan) {
  BenchBus bus({1});
  EXPECT_EQ(bus.Ask(Packet(1, 3, {87, 1})).size(), 6u);
  EXPECT_EQ(bus.Ask(Packet(1, 5, {})).size(), 6u) << "nothing was stored";
  // From a working register over the read-only block: only the first byte may change.
  EXPECT_EQ(bus.Ask(Packet(1, 3, {55, 0, 1, 2, 3})).size(), 6u);
  EXPECT_EQ(bus.ReadByte(1, 55), 0);
  EXPECT_EQ(bus.ReadWord(1, 56), 2048);
  // Out of range values are stored as they are.
  bus.WriteWord(1, reg::kTorqueLimit, 5000);
  EXPECT_EQ(bus.ReadWord(1, reg::kTorqueLimit), 5000);
}

TEST(AnswerRulesTest, OversizedPacketsAreDropped) {
  BenchBus bus({1});
  const Nanos wait = std::chrono::milliseconds(20);
  EXPECT_EQ(bus.Ask(Packet(1, 3, Bytes(129, 0x11)), wait), Bytes{});
  EXPECT_EQ(bus.Ask(Packet(1, 1, Bytes(128, 0x11)), wait).size(), 6u) << "the longest there is";
  Bytes sync = {40, 126, 1};
  sync.resize(3 + 126, 0x11);
  bus.Ask(Packet(kBroadcastId, 0x83, sync), wait);
  EXPECT_EQ(bus.ReadByte(1, reg::kTorqueEnable), 0) << "records above 125 bytes";
}

TEST(AnswerRulesTest, APayloadOfTwoFfLosesThePacketButNotTheNext) {
  BenchBus bus({1});
  EXPECT_EQ(bus.Ask(Packet(1, 3, {42, 0xFF, 0xFF})), Bytes{});
  EXPECT_EQ(bus.Ask(Packet(1, 1, {})).size(), 6u);
}

TEST(AnswerRulesTest, ALengthThatIsNeverSentIsOverruledByTheNextHeader) {
  BenchBus bus({1});
  EXPECT_EQ(bus.Ask(FromHex("FF FF 01 40 03 2A 00")), Bytes{});
  EXPECT_EQ(bus.Ask(Packet(1, 1, {})).size(), 6u);
}

TEST(AnswerRulesTest, Firmware39KnowsNoRecalibration) {
  BenchBus bus({1}, FirmwareFor("3.9").value());
  bus.Place(1, 1304);
  EXPECT_EQ(bus.Ask(Packet(1, 0x0B, {})).size(), 6u) << "acknowledged as any unknown instruction";
  EXPECT_EQ(bus.ReadWord(1, reg::kPosition), 1304);
}

TEST(AnswerRulesTest, UnwritableModelNumbersTellThePart) {
  BenchBus bus({1});
  ASSERT_TRUE(bus.controls()
                  .AttachServo({.id = 9, .baud = 500000, .model = 2825, .profile = "7.4v-3.9"})
                  .ok());
  EXPECT_EQ(bus.Ask(Packet(9, 1, {})), Bytes{}) << "listens at another rate";
  bus.baud = 500000;
  EXPECT_EQ(bus.ReadWord(9, reg::kModel), 2825);
  EXPECT_EQ(bus.Read(9, 0, 2), (Bytes{3, 9}));
  EXPECT_EQ(bus.ReadByte(9, reg::kMaxVoltage), 80);
}

}  // namespace
}  // namespace soarm::sim
