#include <atomic>
#include <cmath>
#include <csignal>
#include <limits>

#include <gtest/gtest.h>

#include "clients/cpp/command_stream.h"
#include "common/base/units.h"
#include "tests/system/driving.h"
#include "tests/system/goal_log.h"

namespace soarm::test {
namespace {

TEST(MotionTest, AMoveArrivesWithinItsLimits) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  const auto lease = Energise(daemon.connection());
  ASSERT_NE(lease, nullptr);
  v1::MoveToRequest request;
  *request.mutable_lease() = lease->ref();
  *request.mutable_targets() = Target("shoulder_pan", 1.0).targets();
  request.set_speed_scale(1.0);
  bool done = false;
  const absl::Status status =
      daemon.connection().Watch(client::kMoveTo, request, [&](const v1::MoveToProgress& progress) {
        done = progress.done();
        return true;
      });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_TRUE(done);
  EXPECT_NEAR(AngleOf(daemon.connection(), 1), 1.0, 0.03);
  const auto goals = GoalsSince(daemon.connection(), 0);
  EXPECT_GT(goals.size(), 50U);
  EXPECT_LE(FastestGoal_rad_s(goals, 1), kSpeedLimit_rad_s);
  EXPECT_GT(FastestGoal_rad_s(goals, 1), 0.5 * kSpeedLimit_rad_s) << "the limit is what bounds it";
}

TEST(MotionTest, AMoveThatItsCallerGaveUpIsNotSaidToBeDone) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  const auto lease = Energise(daemon.connection());
  ASSERT_NE(lease, nullptr);
  v1::MoveToRequest request;
  *request.mutable_lease() = lease->ref();
  *request.mutable_targets() = Target("shoulder_pan", 1.0).targets();
  request.mutable_duration()->set_seconds(20);
  (void)daemon.connection().Watch(client::kMoveTo, request,
                                  [](const v1::MoveToProgress& /*it has begun*/) { return false; });
  v1::GroupState arm;
  EXPECT_TRUE(Eventually([&] {
    arm = daemon.State().groups(0);
    return arm.mode() == v1::HOLD;
  }));
  EXPECT_EQ(arm.mode_reason(), "MOVE_CANCELLED");
}

TEST(MotionTest, AFirstTargetFarAwayIsApproachedWithinTheLimits) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  const auto lease = Energise(daemon.connection());
  ASSERT_NE(lease, nullptr);
  client::CommandStreamOptions options;
  options.lease = lease->ref();
  client::CommandStream stream(daemon.connection(), options);
  const double target = 60 * kRadPerDeg;
  EXPECT_TRUE(Eventually([&] {
    stream.Post(Target("shoulder_pan", target));
    return std::abs(AngleOf(daemon.connection(), 1) - target) < 0.03;
  }));
  const auto goals = GoalsSince(daemon.connection(), 0);
  EXPECT_LE(FastestGoal_rad_s(goals, 1), kSpeedLimit_rad_s);
  EXPECT_GT(FastestGoal_rad_s(goals, 1), 0.5 * kSpeedLimit_rad_s);
}

TEST(MotionTest, CommandsThatAreNoNumbersMoveNothing) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  const auto lease = Energise(daemon.connection());
  ASSERT_NE(lease, nullptr);
  const std::int64_t since = TruthOf(daemon.connection()).time_ns();
  const double before = AngleOf(daemon.connection(), 1);
  std::atomic<int> answered{0};
  std::atomic<int> rejected{0};
  client::CommandStreamOptions options;
  options.lease = lease->ref();
  options.on_verdict = [&](const v1::Verdict& verdict) {
    if (verdict.kind() == v1::REJECTED) ++rejected;
    ++answered;
  };
  client::CommandStream stream(daemon.connection(), options);
  const auto send = [&](const v1::JointTargets& targets) {
    const int seen = answered;
    stream.Post(targets);
    EXPECT_TRUE(Eventually([&] { return answered > seen; })) << targets.DebugString();
  };
  send(Target("shoulder_pan", std::nan("")));
  send(Target("shoulder_pan", std::numeric_limits<double>::infinity()));
  send(Target("no_such_joint", 0.5));
  EXPECT_EQ(rejected, 3);
  EXPECT_EQ(answered, 3);
  EXPECT_FALSE(stream.ended()) << "a bad command ends no stream";
  EXPECT_NEAR(AngleOf(daemon.connection(), 1), before, 2 * kRadPerTick);
  EXPECT_EQ(FastestGoal_rad_s(GoalsSince(daemon.connection(), since), 1), 0);
}

TEST(MotionTest, AClientKilledInMidMotionLeavesTheArmHolding) {
  const TemporaryFolder folder;
  RunningSim simulator(folder);
  RunningDaemon daemon(folder, {"--port", simulator.link()});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  {
    ASSERT_NE(Energise(daemon.connection()), nullptr);
  }
  Process client("soarm", {"--server", "unix:" + daemon.socket(), "move", "shoulder_pan=80deg",
                           "--speed", "0.4"});
  ASSERT_TRUE(Eventually([&] { return AngleOf(simulator.connection(), 1) > 0.3; }))
      << client.errors();
  const std::int64_t killed_ns = TruthOf(simulator.connection()).time_ns();
  client.Signal(SIGKILL);
  ASSERT_EQ(client.WaitForExit(), -SIGKILL);
  ASSERT_TRUE(Eventually([&] { return daemon.State().groups(0).mode() == v1::HOLD; }));
  ASSERT_TRUE(Eventually(
      [&] { return TruthOf(simulator.connection()).time_ns() > killed_ns + 500 * kMilli_ns; }));
  // Braking from 1.2 rad/s at 30 rad/s2 takes 40 ms on top of the 100 ms.
  const std::int64_t last_change_ns =
      LastChange_ns(GoalsSince(simulator.connection(), killed_ns), 1, killed_ns);
  EXPECT_LE(last_change_ns - killed_ns, 140 * kMilli_ns);
  EXPECT_LT(AngleOf(simulator.connection(), 1), 1.0);
  EXPECT_TRUE(ServosOf(simulator.connection())[1].torque_on());
}

TEST(MotionTest, NoTorqueOrGoalEverReachesALeader) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim", "so101,so101_leader"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(12));
  client::Connection& connection = daemon.connection();
  v1::AcquireLeaseRequest acquire;
  acquire.set_client_name("test");
  acquire.add_groups("leader");
  EXPECT_FALSE(connection.Call(client::kAcquireLease, acquire).ok());
  const auto lease = Energise(connection);
  ASSERT_NE(lease, nullptr);
  v1::ReleaseTorqueRequest release;
  release.set_group("leader");
  *release.mutable_lease() = lease->ref();
  EXPECT_FALSE(connection.Call(client::kReleaseTorque, release).ok());
  v1::EnableTorqueRequest enable;
  enable.set_group("leader");
  *enable.mutable_lease() = lease->ref();
  EXPECT_FALSE(connection.Call(client::kEnableTorque, enable).ok());
  v1::MoveToRequest move;
  move.set_group("leader");
  *move.mutable_lease() = lease->ref();
  *move.mutable_targets() = Target("shoulder_pan", 0.2).targets();
  EXPECT_FALSE(connection.Watch(client::kMoveTo, move, [](const auto&) { return true; }).ok());
  v1::StopRequest stop;
  stop.set_level(v1::StopRequest::RELEASE);
  EXPECT_TRUE(connection.Call(client::kStop, stop).ok());
  EXPECT_TRUE(Eventually([&] {
    const v1::StateFrame state = daemon.State();
    return state.groups(0).mode() == v1::LIMP;
  }));
  EXPECT_EQ(CountProtectedWrites(connection, "leader"), 0);
  EXPECT_GT(CountProtectedWrites(connection, "arm"), 0);
}

}  // namespace
}  // namespace soarm::test
