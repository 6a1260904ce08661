#include <cmath>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/programs.h"

namespace soarm::test {
namespace {

// The daemon's state and the simulator's truth of the same moment agree joint by joint.
void ExpectStateIsTrue(RunningDaemon& daemon, client::Connection& simulator) {
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  std::map<std::uint32_t, sim::ServoTruth> truth;
  for (const sim::ServoTruth& servo : TruthOf(simulator).servos()) truth[servo.servo()] = servo;
  const v1::StateFrame state = daemon.State();
  ASSERT_EQ(state.groups_size(), 1);
  EXPECT_EQ(state.groups(0).name(), "arm");
  EXPECT_EQ(state.groups(0).mode(), v1::LIMP);
  ASSERT_EQ(state.groups(0).joints_size(), 6);
  for (const v1::JointState& joint : state.groups(0).joints()) {
    const sim::ServoTruth& servo = truth.at(joint.servo_id());
    EXPECT_LE(std::abs(joint.position_raw() - servo.position_raw()), 2) << joint.name();
    EXPECT_EQ(joint.torque_on(), servo.torque_on()) << joint.name();
    EXPECT_NEAR(joint.voltage_v(), servo.voltage_v(), 0.3) << joint.name();
    EXPECT_EQ(joint.faults_size(), 0) << joint.name();
  }
}

TEST(StateTest, SimulatedArmIsSeenAsItIs) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  ExpectStateIsTrue(daemon, daemon.connection());
}

TEST(StateTest, SeparateSimulatorOnItsTtyIsTheSame) {
  const TemporaryFolder folder;
  RunningSim simulator(folder);
  RunningDaemon daemon(folder, {"--port", simulator.link()});
  ExpectStateIsTrue(daemon, simulator.connection());
}

TEST(StateTest, JointMovedByHandIsFollowed) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  sim::SetJointRequest move;
  move.set_servo(3);
  move.set_position_raw(2200);
  const auto moved = daemon.connection().Call(kSetJoint, move);
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_TRUE(Eventually(
      [&] { return std::abs(daemon.State().groups(0).joints(2).position_raw() - 2200) <= 2; }));
}

TEST(StateTest, LeaderAndFollowerAreTwoGroups) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim", "so101,so101_leader"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(12));
  const v1::StateFrame state = daemon.State();
  ASSERT_EQ(state.groups_size(), 2);
  EXPECT_EQ(state.groups(0).name(), "arm");
  EXPECT_EQ(state.groups(1).name(), "leader");
}

TEST(StateTest, WithoutAnAdapterItServesAndSaysWhy) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--port", folder.File("not-there")});
  const auto status = daemon.connection().Call(client::kGetStatus, v1::GetStatusRequest());
  if (!status.ok()) GTEST_SKIP() << status.status();
  ASSERT_EQ(status->buses_size(), 1);
  EXPECT_FALSE(status->buses(0).open());
  EXPECT_THAT(status->buses(0).error().message(), ::testing::HasSubstr("not-there"));
}

TEST(StateTest, AdapterThatComesLaterIsOpened) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--port", folder.File("bus")});
  RunningSim simulator(folder);
  EXPECT_TRUE(daemon.WaitForFreshJoints(6));
}

TEST(StateTest, UnpluggedAndPluggedInAgainRecoversUnderTheSameClients) {
  const TemporaryFolder folder;
  RunningSim simulator(folder);
  RunningDaemon daemon(folder, {"--port", simulator.link()});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  // A stream that is open across the loss keeps delivering.
  int before = 0;
  int after = 0;
  bool lost = false;
  const auto watched = daemon.connection().Watch(
      client::kWatchState, v1::WatchStateRequest(), [&](const v1::StateFrame& frame) {
        const bool known = frame.groups(0).mode() != v1::UNKNOWN;
        if (before < 3) {
          before += known ? 1 : 0;
          if (before == 3) {
            EXPECT_TRUE(simulator.connection().Call(kUnplug, sim::UnplugRequest()).ok());
          }
        } else if (!lost) {
          lost = !known;
          if (lost) {
            EXPECT_TRUE(simulator.connection().Call(kReplug, sim::ReplugRequest()).ok());
          }
        } else {
          after += known ? 1 : 0;
        }
        return after < 3;
      });
  EXPECT_TRUE(watched.ok()) << watched;
  EXPECT_TRUE(daemon.WaitForFreshJoints(6));
}

TEST(StateTest, TruthIsStreamed) {
  const TemporaryFolder folder;
  RunningSim simulator(folder);
  int messages = 0;
  std::int64_t last_ns = 0;
  sim::WatchTruthRequest request;
  request.set_rate_hz(200);
  const auto watched =
      simulator.connection().Watch(kWatchTruth, request, [&](const sim::Truth& truth) {
        EXPECT_GT(truth.time_ns(), last_ns);
        EXPECT_EQ(truth.servos_size(), 6);
        last_ns = truth.time_ns();
        return ++messages < 20;
      });
  EXPECT_TRUE(watched.ok()) << watched;
  EXPECT_EQ(messages, 20);
}

TEST(StateTest, UnknownServoAndBusAreNotFound) {
  const TemporaryFolder folder;
  RunningSim simulator(folder);
  sim::MuteRequest request;
  request.set_servo(99);
  auto answer = simulator.connection().Call(kMute, request);
  EXPECT_EQ(ProblemOf(answer.status()).reason, "UNKNOWN_SERVO") << answer.status();
  request.set_bus("elsewhere");
  answer = simulator.connection().Call(kMute, request);
  EXPECT_EQ(ProblemOf(answer.status()).reason, "UNKNOWN_BUS") << answer.status();
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace soarm::test
