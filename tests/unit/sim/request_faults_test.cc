// What is damaged between the host and the servos, and what the servos make of it.

#include <gtest/gtest.h>

#include "server/sim/protocol.h"
#include "tests/fakes/sim_bus.h"

namespace soarm::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

const Bytes kPingOne = FromHex("FF FF 01 02 01 FB");
const Bytes kPingTwo = FromHex("FF FF 02 02 01 FA");
constexpr int kTheLine = SimControls::kAllServos;

Bytes GoalsFor1And2(std::uint8_t low) {
  return InstructionPacket(kBroadcastId, Instruction::kSyncWrite,
                           Bytes{42, 2, 1, low, 4, 2, low, 4});
}

TEST(RequestFaultsTest, ADeafServoNeitherActsNorAnswersAndTheOthersDo) {
  BenchBus bus({1, 2});
  for (const bool lost : {false, true}) {
    SimControls controls = bus.controls();
    ASSERT_TRUE((lost ? controls.LoseRequestBytes(1, 1) : controls.CorruptRequestBytes(1, 1)).ok());
    EXPECT_TRUE(bus.Ask(kPingOne).empty());
    EXPECT_EQ(bus.Ask(kPingTwo).size(), 6u);
    const std::uint8_t low = lost ? 10 : 20;
    bus.Ask(GoalsFor1And2(low));
    EXPECT_EQ(bus.Truth(1).goal_raw, 0);
    EXPECT_EQ(bus.Truth(2).goal_raw, 1024 + low);
    controls.ClearInjections();
    EXPECT_EQ(bus.Ask(kPingOne).size(), 6u);
  }
}

TEST(RequestFaultsTest, ACountDamagesAsManyRequestsAsConcernTheServo) {
  BenchBus bus({1, 2});
  ASSERT_TRUE(bus.controls().CorruptRequests(1, 2).ok());
  EXPECT_EQ(bus.Ask(kPingTwo).size(), 6u);
  bus.Ask(GoalsFor1And2(7));
  EXPECT_EQ(bus.Truth(1).goal_raw, 0);
  EXPECT_EQ(bus.Truth(2).goal_raw, 1031);
  EXPECT_TRUE(bus.Ask(kPingOne).empty());
  EXPECT_EQ(bus.Ask(kPingOne).size(), 6u) << "two are through";
}

TEST(RequestFaultsTest, DamageOnTheLineIsHeardByAllAlike) {
  BenchBus bus({1, 2});
  ASSERT_TRUE(bus.controls().CorruptRequests(kTheLine, 1).ok());
  bus.Ask(GoalsFor1And2(7));
  EXPECT_EQ(bus.Truth(1).goal_raw, 0);
  EXPECT_EQ(bus.Truth(2).goal_raw, 0);
  bus.Ask(GoalsFor1And2(7));
  EXPECT_EQ(bus.Truth(1).goal_raw, 1031);
  EXPECT_EQ(bus.Truth(2).goal_raw, 1031);
}

TEST(RequestFaultsTest, WhatIsSetForAllEndsWhatWasSetForOne) {
  BenchBus bus({1});
  ASSERT_TRUE(bus.controls().CorruptRequestBytes(1, 1).ok());
  ASSERT_TRUE(bus.controls().CorruptRequestBytes(kTheLine, 0).ok());
  EXPECT_EQ(bus.Ask(kPingOne).size(), 6u);
}

// Every byte of a write with every wrong value. The length is the weak place: one or two too long,
// and the checksum is taken for data and the next header for the checksum, which then always fits.
TEST(RequestFaultsTest, OneWrongByteIsCaughtByTheReceiverUnlessTheLengthIsALittleTooLong) {
  BenchBus bus({1, 2});
  const Bytes write = FromHex("FF FF 01 05 03 2A 00 08 C4");
  for (std::size_t place = 0; place < write.size(); ++place) {
    for (int value = 0; value < 256; ++value) {
      Bytes wrong = write;
      wrong[place] = static_cast<std::uint8_t>(value);
      const bool a_little_too_long = place == 3 && (value == 6 || value == 7);
      if (wrong == write || a_little_too_long) continue;
      bus.Ask(wrong, milliseconds(1));
      ASSERT_EQ(bus.Ask(kPingOne, milliseconds(1)).size(), 6u) << "no receiver is stuck";
      ASSERT_EQ(bus.Truth(1).goal_raw, 0) << place << " " << value;
      ASSERT_EQ(bus.Truth(2).goal_raw, 0) << place << " " << value;
    }
  }
  bus.Ask(FromHex("FF FF 01 06 03 2A 00 08 C4"));
  EXPECT_EQ(bus.Truth(1).goal_raw, 0) << "it waits";
  bus.Ask(kPingTwo);
  EXPECT_EQ(bus.Truth(1).goal_raw, 2048);
  EXPECT_EQ(bus.ReadByte(1, reg::kGoalPwm), 0xC4) << "the checksum, as one more register";
}

TEST(RequestFaultsTest, AByteErrorRateSpoilsThatShareOfRequests) {
  BenchBus bus({1});
  ASSERT_TRUE(bus.controls().CorruptRequestBytes(1, 0.05).ok());
  int answered = 0;
  for (int i = 0; i < 1000; ++i) answered += bus.Ask(kPingOne, microseconds(500)).empty() ? 0 : 1;
  EXPECT_NEAR(answered, 735, 60);  // 0.95 to the power of 6
  EXPECT_EQ(bus.controls().CorruptRequestBytes(1, -0.1).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(bus.controls().LoseRequestBytes(1, 2).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(bus.controls().CorruptRequests(1, -1).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(bus.controls().CorruptRequests(77, 1).code(), absl::StatusCode::kNotFound);
}

TEST(RequestFaultsTest, ALostByteLosesItsRequestAndNotTheNextOne) {
  BenchBus bus({1});
  ASSERT_TRUE(bus.controls().LoseRequestBytes(1, 0.2).ok());
  int lost = 0;
  for (int i = 0; i < 200; ++i) lost += bus.Ask(kPingOne, microseconds(500)).empty() ? 1 : 0;
  EXPECT_NEAR(lost, 148, 30);
  ASSERT_TRUE(bus.controls().LoseRequestBytes(1, 0).ok());
  EXPECT_EQ(bus.Ask(kPingOne).size(), 6u);
}

TEST(RequestFaultsTest, DamageToRequestsLeavesAnswersAlone) {
  BenchBus bus({1, 2});
  ASSERT_TRUE(bus.controls().CorruptRequestBytes(2, 1).ok());
  for (int i = 0; i < 50; ++i) EXPECT_EQ(ToHex(bus.Ask(kPingOne)), "FF FF 01 02 00 FC");
}

TEST(RequestFaultsTest, TheEchoIsWhatTheLineCarries) {
  BenchBus bus({1});
  bus.controls().Echo(true);
  ASSERT_TRUE(bus.controls().CorruptRequests(kTheLine, 1).ok());
  const Bytes echo = bus.Ask(kPingOne);
  EXPECT_EQ(echo.size(), 6u);
  EXPECT_NE(echo, kPingOne);
  ASSERT_TRUE(bus.controls().CorruptRequestBytes(1, 1).ok());
  EXPECT_EQ(bus.Ask(kPingOne), kPingOne) << "noise at one plug is not heard at the other end";
}

TEST(RequestFaultsTest, TheByteLogKeepsWhatWasSentAndWhoMisheardIt) {
  BenchBus bus({1, 2});
  const MonoTime start = bus.model().now();
  ASSERT_TRUE(bus.controls().CorruptRequests(2, 1).ok());
  bus.Ask(kPingTwo);
  const auto log = bus.controls().ReadByteLog(start).bytes;
  ASSERT_EQ(log.size(), kPingTwo.size());
  int misheard = 0;
  for (std::size_t i = 0; i < log.size(); ++i) {
    EXPECT_EQ(log[i].value, kPingTwo[i]);
    EXPECT_EQ(log[i].misheard & ~2U, 0u) << "servo 1 heard all of it";
    misheard += log[i].misheard != 0 ? 1 : 0;
  }
  EXPECT_EQ(misheard, 1);
}

TEST(RequestFaultsTest, ALostByteOfAnAnswerLeavesItsPlaceEmpty) {
  BenchBus bus({1});
  ASSERT_TRUE(bus.controls().LoseBytes(1, 0.3).ok());
  int lost = 0;
  for (int i = 0; i < 100; ++i) {
    const MonoTime start = bus.model().now();
    for (const HostByteDue& byte : bus.AskTimed(kPingOne, microseconds(500))) {
      EXPECT_EQ((byte.at - start) % microseconds(10), Nanos{0});
      ++lost;
    }
  }
  EXPECT_NEAR(lost, 420, 60);
  EXPECT_EQ(bus.controls().LoseBytes(1, 2).code(), absl::StatusCode::kInvalidArgument);
  bus.controls().ClearInjections();
  EXPECT_EQ(bus.Ask(kPingOne).size(), 6u);
}

}  // namespace
}  // namespace soarm::sim
