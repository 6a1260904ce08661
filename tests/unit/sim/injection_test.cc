// Everything that can be spoiled, and how it looks from the host.

#include <algorithm>

#include <gtest/gtest.h>

#include "server/sim/log_decoder.h"
#include "tests/fakes/sim_bus.h"

namespace soarm::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Bytes kPing = FromHex("FF FF 01 02 01 FB");
const Bytes kReadModel = FromHex("FF FF 01 04 02 03 02 F3");
constexpr const char* kModelAnswer = "FF FF 01 04 00 09 03 EE";

bool IsSound(const Bytes& packet) {
  return packet.size() >= 6 && packet[0] == 0xFF && packet[1] == 0xFF &&
         packet.size() == packet[3] + 4U &&
         Checksum(std::span(packet).subspan(2, packet.size() - 3)) == packet.back();
}

TEST(InjectionTest, AMuteServoActsButSaysNothing) {
  BenchBus bus({1});
  ASSERT_TRUE(bus.controls().Mute(1, true).ok());
  EXPECT_TRUE(bus.Ask(FromHex("FF FF 01 04 03 28 01 CE")).empty());
  EXPECT_TRUE(bus.Truth(1).torque_enabled);
  ASSERT_TRUE(bus.controls().Mute(1, false).ok());
  EXPECT_EQ(bus.Ask(kPing).size(), 6u);
}

TEST(InjectionTest, DropTruncateAndCorruptCountAnswers) {
  BenchBus bus({1});
  ASSERT_TRUE(bus.controls().DropReply(1, 2).ok());
  EXPECT_TRUE(bus.Ask(kPing).empty());
  EXPECT_TRUE(bus.Ask(kPing).empty());
  EXPECT_TRUE(IsSound(bus.Ask(kPing)));
  ASSERT_TRUE(bus.controls().Truncate(1, 1).ok());
  const Bytes cut = bus.Ask(kReadModel);
  EXPECT_GT(cut.size(), 0u);
  EXPECT_LT(cut.size(), 8u);
  EXPECT_EQ(ToHex(bus.Ask(kReadModel)), kModelAnswer);
  ASSERT_TRUE(bus.controls().Corrupt(1, 1).ok());
  const Bytes corrupt = bus.Ask(kReadModel);
  EXPECT_EQ(corrupt.size(), 8u);
  EXPECT_FALSE(IsSound(corrupt));
  EXPECT_EQ(ToHex(bus.Ask(kReadModel)), kModelAnswer);
}

TEST(InjectionTest, AByteErrorRateSpoilsThatShareOfBytes) {
  BenchBus bus({1});
  ASSERT_TRUE(bus.controls().CorruptBytes(1, 0.1).ok());
  const Bytes good = FromHex(kModelAnswer);
  int wrong = 0;
  for (int i = 0; i < 500; ++i) {
    const Bytes answer = bus.Ask(kReadModel, microseconds(500));
    ASSERT_EQ(answer.size(), good.size());
    for (std::size_t k = 0; k < good.size(); ++k) wrong += answer[k] != good[k] ? 1 : 0;
  }
  EXPECT_NEAR(wrong, 400, 80);
  EXPECT_EQ(bus.controls().CorruptBytes(1, 1.5).code(), absl::StatusCode::kInvalidArgument);
}

TEST(InjectionTest, ADelayedAnswerComesWholeAndLate) {
  BenchBus bus({1});
  ASSERT_TRUE(bus.controls().Delay(1, milliseconds(60)).ok());
  const MonoTime start = bus.model().now();
  EXPECT_TRUE(bus.Ask(kReadModel, milliseconds(50)).empty());
  bus.Run(milliseconds(20));
  const auto late = bus.model().TakeDelivered();
  ASSERT_EQ(late.size(), 8u);
  EXPECT_EQ(late.back().at - start, milliseconds(60) + microseconds(170));
}

TEST(InjectionTest, ALateAnswerCollidesWithWhatTheHostSendsThen) {
  BenchBus bus({1});
  ASSERT_TRUE(bus.controls().Delay(1, milliseconds(1)).ok());
  bus.model().HostBytes(bus.model().now(), kReadModel, 1000000);
  bus.Run(microseconds(1000));
  ASSERT_TRUE(bus.controls().Delay(1, Nanos{0}).ok());
  bus.model().HostBytes(bus.model().now() + microseconds(100), kPing, 1000000);
  bus.Run(milliseconds(5));
  Bytes heard;
  for (const HostByteDue& byte : bus.model().TakeDelivered()) heard.push_back(byte.value);
  EXPECT_NE(ToHex(heard).find("FF FF 01"), std::string::npos);
  EXPECT_EQ(ToHex(heard).find("FF FF 01 02 00 FC"), std::string::npos) << "the ping was spoiled";
}

TEST(InjectionTest, EchoReturnsWhatTheHostSends) {
  BenchBus bus({1});
  bus.controls().Echo(true);
  EXPECT_EQ(ToHex(bus.Ask(kPing)), "FF FF 01 02 01 FB FF FF 01 02 00 FC");
  EXPECT_EQ(ToHex(bus.Ask(FromHex("FF FF 09 02 01 F3"))), "FF FF 09 02 01 F3") << "nobody there";
}

TEST(InjectionTest, ABatchHandsOverOnItsOwnBeat) {
  BenchBus bus({1});
  ASSERT_TRUE(bus.controls().Batch(milliseconds(16)).ok());
  const auto bytes = bus.AskTimed(kPing, milliseconds(40));
  ASSERT_EQ(bytes.size(), 6u);
  for (const HostByteDue& byte : bytes) {
    EXPECT_EQ(byte.at.time_since_epoch() % milliseconds(16), Nanos{0});
  }
}

TEST(InjectionTest, TwoServosWithOneIdSpoilEachOther) {
  BenchBus bus({1, 2});
  bus.Place(2, 1000);
  ASSERT_TRUE(bus.controls().DuplicateId(2, 1).ok());
  EXPECT_TRUE(bus.Ask(FromHex("FF FF 02 02 01 FA")).empty()) << "its own id is gone";
  int spoiled = 0;
  for (int i = 0; i < 50; ++i) {
    const Bytes answer = bus.Ask(FromHex("FF FF 01 04 02 38 02 BE"));
    EXPECT_FALSE(answer.empty());
    if (!IsSound(answer)) ++spoiled;
  }
  EXPECT_GT(spoiled, 40);
  bus.controls().ClearInjections();
  EXPECT_EQ(bus.Ask(FromHex("FF FF 02 02 01 FA")).size(), 6u);
}

TEST(InjectionTest, ABrownOutForgetsRamAndTurnsAndComesBack) {
  BenchBus bus("so101");
  for (int id = 1; id <= 6; ++id) bus.Write(id, reg::kTorqueEnable, {1});
  bus.controls().BrownOut();
  EXPECT_TRUE(bus.Ask(kPing).empty());
  for (const ServoTruth& servo : bus.controls().Truth().servos) EXPECT_FALSE(servo.torque_enabled);
  bus.Run(seconds(2));
  EXPECT_EQ(bus.Ask(kPing).size(), 6u);
  EXPECT_EQ(bus.ReadByte(2, reg::kTorqueEnable), 0);
}

TEST(InjectionTest, ASupplyBelowTheProcessorsNeedIsABrownOutToo) {
  BenchBus bus({1});
  bus.Write(1, reg::kTorqueEnable, {1});
  ASSERT_TRUE(bus.controls().SetSupply(2).ok());
  bus.Run(seconds(3));
  EXPECT_TRUE(bus.Ask(kPing).empty());
  EXPECT_FALSE(bus.Truth(1).powered);
  ASSERT_TRUE(bus.controls().SetSupply(12).ok());
  bus.Run(seconds(2));
  EXPECT_EQ(bus.ReadByte(1, reg::kTorqueEnable), 0);
}

TEST(InjectionTest, APulledServoIsSilentAndComesBackAsItWas) {
  BenchBus bus({1, 2});
  bus.Write(2, reg::kLock, {0});
  bus.WriteWord(2, reg::kMinAngle, 700);
  ASSERT_TRUE(bus.controls().DetachServo(2).ok());
  bus.Run(seconds(1));
  EXPECT_TRUE(bus.Ask(FromHex("FF FF 02 02 01 FA")).empty());
  EXPECT_EQ(bus.controls().DetachServo(77).code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(bus.controls().AttachServo(AttachRequest{.id = 2, .profile = {}}).ok());
  bus.Run(seconds(2));
  EXPECT_EQ(bus.ReadWord(2, reg::kMinAngle), 700);
  EXPECT_EQ(bus.controls().Truth().servos.size(), 2u) << "the same one";
}

TEST(InjectionTest, TwoServosChangePlacesByTheirIds) {
  BenchBus bus({1, 2});
  bus.Place(1, 1000);
  bus.Place(2, 3000);
  const auto rename = [&](int from, std::uint8_t to) {
    ASSERT_TRUE(bus.controls().WriteRegisters(from, reg::kId, Bytes{to}).ok());
  };
  rename(1, 200);
  rename(2, 1);
  rename(200, 2);
  for (const int id : {1, 2}) ASSERT_TRUE(bus.controls().PowerCycle(id).ok());
  bus.Run(seconds(2));
  EXPECT_EQ(bus.ReadWord(1, reg::kPosition), 3000);
  EXPECT_EQ(bus.ReadWord(2, reg::kPosition), 1000);
}

TEST(InjectionTest, TheTruthIsReadIntoWhatIsThere) {
  BenchBus bus("so101");
  BusTruth truth;
  bus.controls().ReadTruth(truth);
  const ServoTruth* const first = truth.servos.data();
  bus.WriteWord(1, reg::kTorqueLimit, 600);
  bus.controls().ReadTruth(truth);
  EXPECT_EQ(truth.servos.data(), first);
  EXPECT_EQ(truth.at, bus.model().now());
  EXPECT_EQ(truth.servos[0].torque_limit_raw, 600);
  EXPECT_EQ(truth.servos[0].mode, 0);
  EXPECT_EQ(truth.servos[5].name, "gripper");
}

TEST(InjectionTest, ABoxOfNewServosIsPluggedInOneAfterTheOther) {
  const Robot robot = FindRobot("so101_leader", FirmwareOptions{}, true).value();
  BenchBus bus(BoxOf(robot, 6));
  EXPECT_TRUE(bus.Ask(FromHex("FF FF 01 02 01 FB")).empty()) << "nothing is plugged in";
  for (const int id : {2, 3}) {
    ASSERT_TRUE(bus.controls().AttachServo(AttachRequest{.id = 1, .profile = {}}).ok());
    bus.Run(seconds(2));
    bus.Write(1, reg::kLock, {0});
    bus.Write(1, reg::kId, {static_cast<std::uint8_t>(id)});
    ASSERT_TRUE(bus.controls().DetachServo(id).ok());
  }
  EXPECT_EQ(bus.controls().Truth().servos.size(), 6u) << "out of the box, not new ones";
  for (const int id : {2, 3}) {
    ASSERT_TRUE(bus.controls().AttachServo(AttachRequest{.id = id, .profile = {}}).ok());
  }
  bus.Run(seconds(2));
  EXPECT_EQ(bus.ReadByte(2, reg::kId), 2);
  EXPECT_EQ(bus.ReadWord(3, reg::kMaxAngle), 4095) << "as it left the factory";
}

TEST(InjectionTest, StatusBitsStayUntilCleared) {
  BenchBus bus({1});
  ASSERT_TRUE(bus.controls().SetStatusBits(1, 0x21).ok());
  bus.Run(milliseconds(10));
  EXPECT_EQ(bus.ReadByte(1, reg::kStatus), 0x21);
  bus.controls().ClearInjections();
  EXPECT_EQ(bus.ReadByte(1, reg::kStatus), 0);
}

TEST(InjectionTest, RegistersCanBeReadAndWrittenPastTheBus) {
  BenchBus bus({1});
  const Bytes goal = {0xB8, 0x0B};
  ASSERT_TRUE(bus.controls().WriteRegisters(1, 42, goal).ok());
  EXPECT_TRUE(bus.Truth(1).torque_enabled) << "with the side effects of a bus write";
  EXPECT_EQ(bus.Truth(1).goal_raw, 3000);
  EXPECT_EQ(bus.controls().ReadRegisters(1, 42, 2).value(), goal);
  EXPECT_FALSE(bus.controls().ReadRegisters(1, 80, 20).ok());
  EXPECT_TRUE(bus.controls().ReadByteLog(MonoTime{}).bytes.empty());
}

TEST(ByteLogTest, TellsGoalWritesWithTheirTimes) {
  BenchBus bus({1, 2});
  const MonoTime start = bus.model().now();
  bus.Ask(FromHex("FF FF 01 05 03 2A 00 08 C4"));
  const MonoTime between = bus.model().now();
  bus.Ask(InstructionPacket(kBroadcastId, Instruction::kSyncWrite,
                            Bytes{41, 3, 2, 50, 0xE8, 3, 1, 50, 0x64, 0x80}));
  const auto extract = bus.controls().ReadByteLog(start);
  EXPECT_EQ(extract.bytes.size(), 9u + 6u + 16u);
  const auto writes = GoalWrites(extract.bytes, 1);
  ASSERT_EQ(writes.size(), 2u);
  EXPECT_EQ(writes[0].value, 2048);
  EXPECT_EQ(writes[0].at - start, microseconds(90));
  EXPECT_EQ(writes[1].value, -100);
  EXPECT_EQ(writes[1].at - between, microseconds(160));
  EXPECT_EQ(GoalWrites(extract.bytes, 2).size(), 1u);
  EXPECT_EQ(GoalWrites(bus.controls().ReadByteLog(between).bytes, 1).size(), 1u);
}

TEST(ByteLogTest, WhenFullTheOldestGiveWayAndAreCounted) {
  ByteLog log(4);
  for (int i = 0; i < 10; ++i) {
    log.Append({MonoTime(Nanos(i + 1)), Direction::kToBus, static_cast<std::uint8_t>(i)});
  }
  const auto extract = log.Since(MonoTime{});
  EXPECT_EQ(extract.lost, 6u);
  ASSERT_EQ(extract.bytes.size(), 4u);
  EXPECT_EQ(extract.bytes.front().value, 6);
  EXPECT_EQ(log.Since(MonoTime(Nanos(9))).bytes.size(), 1u);
  EXPECT_EQ(log.Since(MonoTime(Nanos(9))).lost, 0u) << "nothing of that is missing";
}

TEST(ReproducibilityTest, TheSameSeedGivesTheSameBytes) {
  const auto run = [](std::uint64_t seed) {
    BusOptions options;
    options.seed = seed;
    BusModel model(FindRobot("so101", FirmwareOptions{}, true).value(), options);
    SimControls controls(model);
    EXPECT_TRUE(controls.CorruptBytes(SimControls::kAllServos, 0.05).ok());
    Bytes heard;
    for (int i = 0; i < 100; ++i) {
      model.HostBytes(model.now(), FromHex("FF FF FE 0A 82 38 08 01 02 03 04 05 06 20"), 1000000);
      model.AdvanceTo(model.now() + milliseconds(3));
      for (const HostByteDue& byte : model.TakeDelivered()) heard.push_back(byte.value);
    }
    return heard;
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

}  // namespace
}  // namespace soarm::sim
