#include <cmath>
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/driving.h"

namespace soarm::test {
namespace {

// Whether a packet from the host wrote torque enable (40) or a goal (42 to 47) to any servo.
bool WroteGoalOrTorque(const std::string& packet) {
  constexpr unsigned char kWrite = 0x03;
  constexpr unsigned char kSyncWrite = 0x83;
  for (std::size_t i = 0; i + 6 < packet.size(); ++i) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(packet[i + at]); };
    if (byte(0) != 0xFF || byte(1) != 0xFF) continue;
    if (byte(4) != kWrite && byte(4) != kSyncWrite) continue;
    if (byte(5) >= 40 && byte(5) <= 47) return true;
  }
  return false;
}

TEST(TorqueTest, EnablingHoldsTheArmWhereItIs) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  const auto before = ServosOf(daemon.connection());
  const auto lease = Energise(daemon.connection());
  ASSERT_NE(lease, nullptr);
  for (const auto& [id, servo] : ServosOf(daemon.connection())) {
    EXPECT_TRUE(servo.torque_on()) << id;
    EXPECT_LE(std::abs(servo.position_raw() - before.at(id).position_raw()), 40) << id;
  }
  EXPECT_EQ(daemon.State().groups(0).mode(), v1::HOLD);
}

TEST(TorqueTest, SigtermHoldsByDefault) {
  const TemporaryFolder folder;
  RunningSim simulator(folder);
  RunningDaemon daemon(folder, {"--port", simulator.link()});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  const auto lease = Energise(daemon.connection());
  ASSERT_NE(lease, nullptr);
  const auto before = ServosOf(simulator.connection());
  daemon.process().Signal(SIGTERM);
  EXPECT_EQ(daemon.process().WaitForExit(), 0);
  for (const auto& [id, servo] : ServosOf(simulator.connection())) {
    EXPECT_TRUE(servo.torque_on()) << id;
    EXPECT_LE(std::abs(servo.goal_raw() - before.at(id).goal_raw()), 2) << id;
  }
}

TEST(TorqueTest, SigtermReleasesWhereConfigured) {
  const TemporaryFolder folder;
  folder.Write("limp.toml", "[daemon]\nend_state = \"limp\"\n");
  RunningSim simulator(folder);
  RunningDaemon daemon(folder, {"--port", simulator.link(), "--config", folder.File("limp.toml")});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  const auto lease = Energise(daemon.connection());
  ASSERT_NE(lease, nullptr);
  daemon.process().Signal(SIGTERM);
  EXPECT_EQ(daemon.process().WaitForExit(), 0);
  for (const auto& [id, servo] : ServosOf(simulator.connection())) {
    EXPECT_FALSE(servo.torque_on()) << id;
  }
}

TEST(TorqueTest, DaemonKilledAndRestartedAdoptsWithoutWriting) {
  const TemporaryFolder folder;
  RunningSim simulator(folder);
  {
    RunningDaemon daemon(folder, {"--port", simulator.link()});
    ASSERT_TRUE(daemon.WaitForFreshJoints(6));
    const auto lease = Energise(daemon.connection());
    ASSERT_NE(lease, nullptr);
    daemon.process().Signal(SIGKILL);
    ASSERT_EQ(daemon.process().WaitForExit(), -SIGKILL);
  }
  const auto held = ServosOf(simulator.connection());
  const std::int64_t killed_ns = TruthOf(simulator.connection()).time_ns();

  RunningDaemon daemon(folder, {"--port", simulator.link()});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  EXPECT_TRUE(Eventually([&] { return daemon.State().groups(0).mode() == v1::HOLD; }));
  EXPECT_EQ(daemon.State().groups(0).mode_reason(), "ADOPTED");

  sim::ReadByteLogRequest request;
  request.set_since_ns(killed_ns);
  const auto log = simulator.connection().Call(kReadByteLog, request);
  ASSERT_TRUE(log.ok()) << log.status();
  std::size_t packets = 0;
  for (const sim::LoggedBytes& entry : log->entries()) {
    if (!entry.from_host()) continue;
    ++packets;
    EXPECT_FALSE(WroteGoalOrTorque(entry.data()));
  }
  EXPECT_GT(packets, 10U);
  for (const auto& [id, servo] : ServosOf(simulator.connection())) {
    EXPECT_TRUE(servo.torque_on()) << id;
    EXPECT_EQ(servo.goal_raw(), held.at(id).goal_raw()) << id;
    EXPECT_LE(std::abs(servo.position_raw() - held.at(id).position_raw()), 2) << id;
  }
}

}  // namespace
}  // namespace soarm::test
