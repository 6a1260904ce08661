// Whole packets, byte for byte, against the published examples of the protocol and vectors that
// were computed from its rules.

#include <gtest/gtest.h>

#include "tests/fakes/sim_bus.h"

namespace soarm::sim {
namespace {

constexpr const char* kAck1 = "FF FF 01 02 00 FC";
constexpr const char* kPing1 = "FF FF 01 02 01 FB";
constexpr const char* kReadPosition1 = "FF FF 01 04 02 38 02 BE";

TEST(GoldenPacketTest, PingIsAnsweredWithTheStatusByte) {
  BenchBus bus({1, 6});
  EXPECT_EQ(bus.Ask(kPing1), kAck1);
  ASSERT_TRUE(bus.controls().SetStatusBits(6, 0x20).ok());
  EXPECT_EQ(bus.Ask("FF FF 06 02 01 F6"), "FF FF 06 02 20 D7");
  ASSERT_TRUE(bus.controls().SetStatusBits(6, 0x24).ok());
  EXPECT_EQ(bus.Ask("FF FF 06 02 01 F6"), "FF FF 06 02 24 D3");
}

TEST(GoldenPacketTest, ReadsModelFirmwareAndVoltage) {
  BenchBus bus({1});
  bus.Run(std::chrono::milliseconds(5));
  EXPECT_EQ(bus.Ask("FF FF 01 04 02 03 02 F3"), "FF FF 01 04 00 09 03 EE");
  EXPECT_EQ(bus.Ask("FF FF 01 04 02 00 02 F6"), "FF FF 01 04 00 03 0A ED");
  EXPECT_EQ(bus.Ask("FF FF 01 04 02 3E 01 B9"), "FF FF 01 03 00 79 82");
}

TEST(GoldenPacketTest, ReadsPositions) {
  BenchBus bus({1});
  bus.Place(1, 1304);
  EXPECT_EQ(bus.Ask(kReadPosition1), "FF FF 01 04 00 18 05 DD");
  bus.Place(1, 4095);
  EXPECT_EQ(bus.Ask(kReadPosition1), "FF FF 01 04 00 FF 0F EC");
}

TEST(GoldenPacketTest, FullAngleFeedbackGoesNegative) {
  BenchBus bus({1});
  bus.Write(1, reg::kPhase, {12 + 16});
  bus.Place(1, -100);
  EXPECT_EQ(bus.Ask(kReadPosition1), "FF FF 01 04 00 64 80 16");
}

TEST(GoldenPacketTest, WritesAreAcknowledged) {
  BenchBus bus({1, 2});
  EXPECT_EQ(bus.Ask("FF FF 01 05 03 2A 00 08 C4"), kAck1);
  EXPECT_EQ(bus.ReadByte(1, reg::kTorqueEnable), 1);
  EXPECT_EQ(bus.Ask("FF FF 01 09 03 2A 00 08 00 00 E8 03 D5"), kAck1);
  EXPECT_EQ(bus.Read(1, 42, 6), (Bytes{0x00, 0x08, 0x00, 0x00, 0xE8, 0x03}));
  EXPECT_EQ(bus.Ask("FF FF 01 0A 03 29 32 D0 07 00 00 DC 05 DE"), kAck1);
  EXPECT_EQ(bus.Ask("FF FF 02 05 03 1F 7B 08 53"), "FF FF 02 02 00 FB");
  EXPECT_EQ(bus.ReadWord(2, reg::kPosition), 2048 + 123);
  EXPECT_EQ(bus.Ask("FF FF 02 05 03 1F B0 04 22"), "FF FF 02 02 00 FB");
  EXPECT_EQ(bus.ReadWord(2, reg::kPosition), 2048 - 1200);
  EXPECT_EQ(bus.Ask("FF FF 01 04 03 28 01 CE"), kAck1);
  EXPECT_EQ(bus.Ask("FF FF 01 04 03 28 00 CF"), kAck1);
  EXPECT_EQ(bus.Ask("FF FF 01 05 03 38 34 12 78"), kAck1) << "read-only: no effect";
  EXPECT_EQ(bus.ReadWord(1, reg::kPosition), 2048);
  EXPECT_EQ(bus.Ask("FF FF 01 03 03 2A CE"), kAck1) << "no data";
}

TEST(GoldenPacketTest, Writing128MakesThePresentPositionTheMiddle) {
  BenchBus bus({1});
  bus.Place(1, 1304);
  EXPECT_EQ(bus.Ask("FF FF 01 04 03 28 80 4F", std::chrono::milliseconds(50)), kAck1);
  EXPECT_EQ(bus.Ask("FF FF 01 04 02 28 01 CF"), "FF FF 01 03 00 00 FB");
  EXPECT_EQ(bus.ReadWord(1, reg::kPosition), 2048);
}

TEST(GoldenPacketTest, AnIdChangeIsAcknowledgedWithTheOldId) {
  BenchBus bus({1});
  EXPECT_EQ(bus.Ask("FF FF 01 04 03 05 07 EB"), kAck1);
  EXPECT_EQ(bus.Ask(kPing1), "");
  EXPECT_EQ(bus.Ask("FF FF 07 02 01 F5"), "FF FF 07 02 00 F6");
}

TEST(GoldenPacketTest, ABaudChangeIsAcknowledgedAtTheOldRate) {
  BenchBus bus({1});
  EXPECT_EQ(bus.Ask("FF FF 01 04 03 06 01 F0"), kAck1);
  EXPECT_EQ(bus.Ask(kPing1), "") << "deaf to the old rate";
  bus.baud = 500000;
  EXPECT_EQ(bus.Ask(kPing1), kAck1);
}

TEST(GoldenPacketTest, BroadcastWritesAreSilent) {
  BenchBus bus({1, 2});
  bus.Write(1, reg::kTorqueEnable, {1});
  EXPECT_EQ(bus.Ask("FF FF FE 04 03 28 00 D2"), "");
  EXPECT_EQ(bus.ReadByte(1, reg::kTorqueEnable), 0);
  BenchBus one({9});
  EXPECT_EQ(one.Ask("FF FF FE 04 03 05 01 F4"), "");
  EXPECT_EQ(one.Ask(kPing1), kAck1);
}

TEST(GoldenPacketTest, DeferredWritesWaitForTheAction) {
  BenchBus bus({1});
  EXPECT_EQ(bus.Ask("FF FF 01 09 04 2A 00 08 00 00 E8 03 D4"), kAck1);
  EXPECT_EQ(bus.Ask("FF FF 01 05 04 2A 00 04 C7"), kAck1);
  EXPECT_EQ(bus.Ask("FF FF 01 04 02 40 01 B7"), "FF FF 01 03 00 01 FA");
  EXPECT_EQ(bus.ReadByte(1, reg::kTorqueEnable), 0) << "nothing was written yet";
  EXPECT_EQ(bus.Ask("FF FF FE 02 05 FA"), "");
  EXPECT_EQ(bus.Ask("FF FF 01 04 02 2A 02 CC"), "FF FF 01 04 00 00 04 F6");
  EXPECT_EQ(bus.Ask("FF FF 01 04 02 40 01 B7"), "FF FF 01 03 00 00 FB");
  EXPECT_EQ(bus.ReadByte(1, reg::kTorqueEnable), 1);
}

TEST(GoldenPacketTest, SyncReadAnswersInListOrder) {
  BenchBus bus({1, 2, 3});
  bus.Place(2, 1000);
  bus.Place(3, 3000);
  EXPECT_EQ(bus.Ask("FF FF FE 07 82 38 02 01 02 03 38"),
            "FF FF 01 04 00 00 08 F2 FF FF 02 04 00 E8 03 0E FF FF 03 04 00 B8 0B 35");
  EXPECT_EQ(bus.Ask("FF FF FE 06 82 38 02 03 01 3B"),
            "FF FF 03 04 00 B8 0B 35 FF FF 01 04 00 00 08 F2");
  ASSERT_TRUE(bus.controls().DetachServo(2).ok());
  EXPECT_EQ(bus.Ask("FF FF FE 07 82 38 02 01 02 03 38"),
            "FF FF 01 04 00 00 08 F2 FF FF 03 04 00 B8 0B 35");
}

TEST(GoldenPacketTest, SyncWriteReachesEveryServoOnItsList) {
  BenchBus bus({1, 2, 3, 4, 5, 6});
  EXPECT_EQ(
      bus.Ask("FF FF FE 16 83 2A 02 01 DA 07 02 E4 07 03 EE 07 04 F8 07 05 02 08 06 0C 08 49"), "");
  for (int id = 1; id <= 6; ++id) EXPECT_EQ(bus.ReadWord(id, 42), 2000 + 10 * id) << id;
  EXPECT_EQ(bus.Ask("FF FF FE 20 83 2A 06 01 00 08 00 00 E8 03 02 00 08 00 00 E8 03 03 00 08 00 00 "
                    "E8 03 04 00 08 00 00 E8 03 58"),
            "");
  EXPECT_EQ(bus.ReadWord(4, 42), 2048);
  EXPECT_EQ(bus.ReadWord(4, 46), 1000);
  EXPECT_EQ(bus.ReadWord(5, 42), 2050) << "not on the list";
}

TEST(GoldenPacketTest, WheelSpeedsEnergiseTheWheels) {
  BenchBus bus({7, 8, 9});
  for (const int id : {7, 8, 9}) bus.Write(id, reg::kMode, {1});
  EXPECT_EQ(bus.Ask("FF FF FE 0D 83 2E 02 07 E8 03 08 F4 81 09 00 00 C9"), "");
  for (const int id : {7, 8, 9}) EXPECT_EQ(bus.ReadByte(id, reg::kTorqueEnable), 1) << id;
}

TEST(GoldenPacketTest, SpecialInstructionsAreAcknowledged) {
  const Nanos flash = std::chrono::milliseconds(50);
  BenchBus bus({1});
  bus.Place(1, 1304);
  EXPECT_EQ(bus.Ask("FF FF 01 02 0A F2"), kAck1);
  EXPECT_EQ(bus.Ask("FF FF 01 02 0B F1", flash), kAck1);
  EXPECT_EQ(bus.ReadWord(1, reg::kPosition), 2048);
  EXPECT_EQ(bus.Ask("FF FF 01 04 0B 00 04 EB", flash), kAck1);
  EXPECT_EQ(bus.ReadWord(1, reg::kPosition), 1024);
  EXPECT_EQ(bus.Ask("FF FF 01 02 06 F6", flash), kAck1);
  EXPECT_EQ(bus.Ask("FF FF 01 02 09 F3", flash), kAck1);
  EXPECT_EQ(bus.Ask("FF FF 01 02 55 A7"), kAck1) << "unknown";
}

TEST(GoldenPacketTest, MalformedInputIsIgnoredAndResynchronised) {
  BenchBus bus({1});
  EXPECT_EQ(bus.Ask("FF FF 01 04 02 38 02 BF"), "") << "checksum";
  EXPECT_EQ(bus.Ask(kPing1), kAck1);
  EXPECT_EQ(bus.Ask("FF FF 01 05 02 38 02 00 BD"), "") << "three parameters";
  EXPECT_EQ(bus.Ask("FF FF 01 04 02 54 0A 9A"), "FF FF 01 05 00 96 64 01 FE") << "cut at 86";
  EXPECT_EQ(bus.Ask("FF FF 01 04 02 38 00 C0"), kAck1) << "count 0";
  EXPECT_EQ(bus.Ask("FF FF 01 01 FD"), "") << "length 1";
  EXPECT_EQ(bus.Ask("00 FF 13 FF FF 01 02 01 FB"), kAck1) << "noise";
  EXPECT_EQ(bus.Ask("FF FF FF 01 02 01 FB"), kAck1) << "three FF";
  EXPECT_EQ(bus.Ask("FF FF 01 05 03 2A FF FF 01 02 01 FB"), kAck1) << "truncated write";
}

}  // namespace
}  // namespace soarm::sim
