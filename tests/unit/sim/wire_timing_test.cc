// When bytes are where, to the microsecond.

#include <gtest/gtest.h>

#include "tests/fakes/sim_bus.h"

namespace soarm::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

Bytes SyncRead(int address, int count, int servos) {
  Bytes parameters = {static_cast<std::uint8_t>(address), static_cast<std::uint8_t>(count)};
  for (int id = 1; id <= servos; ++id) parameters.push_back(static_cast<std::uint8_t>(id));
  return InstructionPacket(kBroadcastId, Instruction::kSyncRead, parameters);
}

// From the request's first bit to the end of the last answer.
Nanos Duration(BenchBus& bus, const Bytes& request) {
  const MonoTime start = bus.model().now();
  const auto bytes = bus.AskTimed(request, milliseconds(50));
  return bytes.empty() ? Nanos{0} : bytes.back().at - start;
}

BenchBus NineServos(BusOptions options = {}, FirmwareOptions firmware = {}) {
  return BenchBus({1, 2, 3, 4, 5, 6, 7, 8, 9}, firmware, options);
}

TEST(WireTimingTest, SlotsAsFirmware310ComputesThem) {
  BenchBus bus = NineServos();
  EXPECT_EQ(Duration(bus, SyncRead(56, 2, 6)), microseconds(780));
  EXPECT_EQ(Duration(bus, SyncRead(56, 4, 6)), microseconds(900));
  EXPECT_EQ(Duration(bus, SyncRead(56, 8, 6)), microseconds(1140));
  EXPECT_EQ(Duration(bus, SyncRead(56, 15, 6)), microseconds(1560));
  EXPECT_EQ(Duration(bus, SyncRead(56, 2, 9)), microseconds(1140));
  EXPECT_EQ(Duration(bus, SyncRead(56, 15, 9)), microseconds(2310));
}

TEST(WireTimingTest, AMissingServoLeavesItsSlotEmpty) {
  BenchBus bus = NineServos();
  ASSERT_TRUE(bus.controls().Mute(3, true).ok());
  EXPECT_EQ(Duration(bus, SyncRead(56, 2, 6)), microseconds(780));
}

TEST(WireTimingTest, SingleReadsAndAcknowledges) {
  BenchBus bus({1});
  EXPECT_EQ(Duration(bus, FromHex("FF FF 01 04 02 38 02 BE")), microseconds(160 + 10));
  EXPECT_EQ(Duration(bus, FromHex("FF FF 01 05 03 2A 00 08 C4")), microseconds(150 + 10));
}

TEST(WireTimingTest, BroadcastPingIsStaggeredById) {
  BenchBus bus({3, 6});
  const MonoTime start = bus.model().now();
  const auto bytes = bus.AskTimed(FromHex("FF FF FE 02 01 FE"), milliseconds(5));
  ASSERT_EQ(bytes.size(), 12u);
  EXPECT_EQ(bytes[5].at - start, microseconds(60 + 10 + 3 * 90 + 60));
  EXPECT_EQ(bytes[11].at - start, microseconds(60 + 10 + 6 * 90 + 60));
}

TEST(WireTimingTest, TheBenchProfileTurnsRoundIn20MicrosecondsPerAnswer) {
  BusOptions options;
  options.timing = WireTiming::kBench;
  BenchBus bus({1, 2, 3, 4, 5, 6}, {}, options);
  EXPECT_EQ(Duration(bus, SyncRead(56, 2, 6)), microseconds(140 + 6 * 100));
  ASSERT_TRUE(bus.controls().Mute(3, true).ok());
  EXPECT_EQ(Duration(bus, SyncRead(56, 2, 6)), microseconds(140 + 5 * 100));
}

TEST(WireTimingTest, Usb1MsHandsOverOnMillisecondsOnly) {
  BusOptions options;
  options.timing = WireTiming::kUsb1Ms;
  BenchBus bus = NineServos(options);
  const auto bytes = bus.AskTimed(SyncRead(56, 15, 6), milliseconds(10));
  ASSERT_EQ(bytes.size(), 6u * 21u);
  EXPECT_EQ(bytes.front().at.time_since_epoch() % milliseconds(1), Nanos{0});
  EXPECT_EQ(bytes.back().at - bytes.front().at, milliseconds(1)) << "two batches";
}

TEST(WireTimingTest, ARequestActsWhenItsLastByteHasArrived) {
  BenchBus bus({1});
  bus.model().HostBytes(bus.model().now(), FromHex("FF FF 01 04 03 28 01 CE"), 1000000);
  bus.Run(microseconds(79));
  EXPECT_FALSE(bus.Truth(1).torque_enabled);
  bus.Run(microseconds(1));
  EXPECT_TRUE(bus.Truth(1).torque_enabled);
}

TEST(WireTimingTest, BytesTakeLongerAtALowerRate) {
  BenchBus bus({1});
  bus.Write(1, reg::kBaud, {1});
  bus.baud = 500000;
  EXPECT_EQ(Duration(bus, FromHex("FF FF 01 02 01 FB")), microseconds(120 + 20 + 120));
}

TEST(WireTimingTest, HostBytesQueueBehindEachOther) {
  BenchBus bus({1});
  const MonoTime start = bus.model().now();
  const Bytes ping = FromHex("FF FF 01 02 01 FB");
  bus.model().HostBytes(start, Bytes(20, 0), 1000000);
  bus.model().HostBytes(start + microseconds(1), ping, 1000000);
  bus.Run(milliseconds(2));
  const auto bytes = bus.model().TakeDelivered();
  ASSERT_EQ(bytes.size(), 6u);
  EXPECT_EQ(bytes.back().at - start, microseconds(200 + 60 + 10 + 60));
}

TEST(WireTimingTest, OfRequestsWithoutAPauseTheLastIsAnswered) {
  const Bytes both = FromHex("FF FF 01 04 02 03 02 F3 FF FF 01 02 01 FB");
  BenchBus bus({1});
  EXPECT_EQ(ToHex(bus.Ask(both)), "FF FF 01 02 00 FC");
  FirmwareOptions firmware;
  firmware.back_to_back_lost = false;
  BenchBus patient({1}, firmware);
  EXPECT_EQ(ToHex(patient.Ask(both)), "FF FF 01 04 00 09 03 EE FF FF 01 02 00 FC");
}

TEST(WireTimingTest, ASyncWriteWithASyncReadBehindItWorks) {
  BenchBus bus({1, 2});
  Bytes both =
      InstructionPacket(kBroadcastId, Instruction::kSyncWrite, Bytes{42, 2, 1, 0, 8, 2, 0, 8});
  const Bytes read = SyncRead(56, 2, 2);
  both.insert(both.end(), read.begin(), read.end());
  EXPECT_EQ(bus.Ask(both).size(), 16u);
  EXPECT_TRUE(bus.Truth(2).torque_enabled);
}

TEST(WireTimingTest, ReturnDelayIsIgnoredBy310AndHonouredWhereTheSwitchIsOn) {
  const Bytes ping = FromHex("FF FF 01 02 01 FB");
  BenchBus bus({1});
  bus.Write(1, reg::kReturnDelay, {250});
  EXPECT_EQ(Duration(bus, ping), microseconds(130));
  BenchBus old({1}, FirmwareFor("3.9").value());
  old.Write(1, reg::kReturnDelay, {250});
  EXPECT_EQ(Duration(old, ping), microseconds(130 + 500));
}

TEST(WireTimingTest, TheWireFallsDueOnlyWhenThereIsSomethingToDo) {
  BenchBus bus({1});
  EXPECT_FALSE(bus.model().next_due());
  const MonoTime start = bus.model().now();
  bus.model().HostBytes(start, FromHex("FF FF 01 02 01 FB"), 1000000);
  EXPECT_EQ(bus.model().next_due(), start + microseconds(70));
  bus.model().AdvanceTo(start + microseconds(70));
  EXPECT_EQ(bus.model().next_due(), start + microseconds(130));
  bus.model().AdvanceTo(start + microseconds(130));
  EXPECT_EQ(bus.model().TakeDelivered().size(), 6u);
  EXPECT_FALSE(bus.model().next_due());
}

}  // namespace
}  // namespace soarm::sim
