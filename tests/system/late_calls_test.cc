// What becomes of calls that a bad network delivers late, or whose end it does not tell.

#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "clients/cpp/methods.h"
#include "common/base/problem.h"
#include "tests/system/driving.h"
#include "tests/system/far_arm.h"
#include "tests/system/frame_stream.h"
#include "tests/system/goal_log.h"

namespace soarm::test {
namespace {

// A ping 2 s after what was heard last, 5 s to answer it, and braking.
constexpr std::int64_t kKnownDead_ns = 7'500 * kMilli_ns;
constexpr std::int64_t kSettles_ns = 1'000 * kMilli_ns;

// A request, and what takes it back, that come one after the other as TCP sends them anew after a
// silence: the first must not be done before the second is heard.
TEST(LateCallsTest, CallsThatTheirCallersHaveGivenUpAreNotDone) {
  FarArm arm;
  ASSERT_TRUE(arm.ready());
  const client::CallOptions impatient{.timeout = std::chrono::milliseconds(300)};
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(arm.laptop->Call(client::kGetInfo, {}).ok());
    arm.link->Do("rate 4kB/s up");
    arm.link->Do("freeze 1s");
    EXPECT_FALSE(arm.laptop->Call(client::kClear, {}, impatient).ok());
    v1::ReleaseTorqueRequest limp;
    *limp.mutable_lease() = arm.lease->ref();
    EXPECT_FALSE(arm.laptop->Call(client::kReleaseTorque, limp, impatient).ok());
    v1::StopRequest stop;
    stop.set_reason("younger than the clear");
    const auto stopped = arm.daemon.connection().Call(client::kStop, stop);
    ASSERT_TRUE(stopped.ok()) << stopped.status();
    // By then all that came before it has been heard.
    EXPECT_TRUE(Eventually([&] { return arm.laptop->Call(client::kGetInfo, {}).ok(); }));
    arm.link->Do("rate 0 up");
    const auto safety = arm.daemon.connection().Call(client::kGetSafety, {});
    ASSERT_TRUE(safety.ok()) << safety.status();
    EXPECT_EQ(safety->stops_size(), 1);
    for (const auto& [id, servo] : ServosOf(arm.simulator())) EXPECT_TRUE(servo.torque_on()) << id;
    ASSERT_TRUE(arm.daemon.connection().Call(client::kClear, {}).ok());
  }
}

TEST(LateCallsTest, ACallOfWhichNothingComesBackIsNotDone) {
  FarArm arm;
  ASSERT_TRUE(arm.ready());
  ASSERT_TRUE(arm.daemon.connection().Call(client::kStop, {}).ok());
  // The library itself gives a link up after 2 s.
  arm.link->Do("freeze 1650ms down");
  EXPECT_FALSE(
      arm.laptop->Call(client::kGetInfo, {}, {.timeout = std::chrono::milliseconds(300)}).ok());
  const auto cleared = arm.laptop->Call(client::kClear, {}, {.timeout = Process::kPatience});
  EXPECT_EQ(ProblemOf(cleared.status()).reason, "LINK_STALLED") << cleared.status();
  const auto safety = arm.daemon.connection().Call(client::kGetSafety, {});
  ASSERT_TRUE(safety.ok()) << safety.status();
  EXPECT_EQ(safety->stops_size(), 1);
  EXPECT_TRUE(Eventually([&] { return arm.laptop->Call(client::kClear, {}).ok(); }));
}

// Nobody says that the link has died: pings do that are not answered.
TEST(LateCallsTest, AMoveOnADeadLinkEndsBeforeItsLease) {
  FarArm arm;
  ASSERT_TRUE(arm.ready());
  arm.lease.reset();
  v1::AcquireLeaseRequest long_lease;
  long_lease.add_groups("arm");
  long_lease.set_client_name("test");
  long_lease.set_lease_class(v1::TELEOP);
  long_lease.mutable_ttl()->set_seconds(60);
  const auto lease = arm.laptop->Call(client::kAcquireLease, long_lease);
  ASSERT_TRUE(lease.ok()) << lease.status();
  v1::MoveToRequest slow;
  *slow.mutable_lease() = lease->lease();
  *slow.mutable_targets() = Target("shoulder_pan", 0.6).targets();
  slow.mutable_duration()->set_seconds(40);
  std::thread caller([&] {
    EXPECT_FALSE(arm.laptop->Watch(client::kMoveTo, slow, [](const auto&) { return true; }).ok());
  });
  EXPECT_TRUE(Eventually([&] { return AngleOf(arm.simulator(), 1) > 0.02; }));
  arm.link->Do("half-open");
  const std::int64_t died_ns = Now_ns();
  WaitUntil(arm.simulator(), died_ns + kKnownDead_ns + kSettles_ns);
  caller.join();
  const auto goals = GoalsSince(arm.simulator(), died_ns);
  EXPECT_LE(LastChange_ns(goals, 1, died_ns) - died_ns, kKnownDead_ns);
}

}  // namespace
}  // namespace soarm::test
