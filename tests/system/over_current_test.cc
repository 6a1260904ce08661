#include <atomic>
#include <cmath>
#include <thread>

#include <gmock/gmock.h>

#include "clients/cpp/command_stream.h"
#include "common/base/problem.h"
#include "tests/system/fault_rig.h"
#include "tests/system/goal_log.h"

namespace soarm::test {
namespace {

constexpr std::uint32_t kServo = 1;
constexpr char kName[] = "shoulder_pan";
constexpr double kBlock_rad = 0.03;

// A joint that cannot move while a client keeps asking it to: its servo switches itself off for
// over-current, and firmware 3.10 would switch it on again with the next goal.
class OverCurrentTest : public FaultTest {
 protected:
  void SetUp() override {
    WriteWord(kServo, 28, 154);  // 1 A; locked, it draws 2 A
    WriteByte(kServo, 38, 20);   // 0.2 s instead of 2 s
    WriteByte(kServo, 36, 100);  // no overload, which would come first
  }

  // Goals that change in every tick and never reach what the servo can do, until `done`.
  void PressUntil(const std::function<bool()>& done) {
    client::CommandStreamOptions options;
    options.lease = lease_->ref();
    client::CommandStream stream(daemon_->connection(), options);
    int posted = 0;
    EXPECT_TRUE(Eventually([&] {
      stream.Post(Target(kName, 0.3 + 0.05 * std::sin(0.3 * ++posted)));
      return done();
    }));
  }

  // When the simulated servo switched itself off, and whether it stayed so for half a second after.
  std::int64_t WatchTrip(bool& stayed_off) {
    std::int64_t tripped_ns = 0;
    stayed_off = true;
    sim::WatchTruthRequest request;
    request.set_rate_hz(1000);
    const absl::Status watched = world().Watch(kWatchTruth, request, [&](const sim::Truth& truth) {
      for (const sim::ServoTruth& servo : truth.servos()) {
        if (servo.servo() != kServo) continue;
        if (tripped_ns == 0 && !servo.torque_on()) tripped_ns = truth.time_ns();
        if (tripped_ns != 0 && servo.torque_on()) stayed_off = false;
      }
      return tripped_ns == 0 || truth.time_ns() < tripped_ns + 500'000'000;
    });
    EXPECT_TRUE(watched.ok()) << watched;
    return tripped_ns;
  }

  void ExpectRecovers() {
    Block(kServo, std::nullopt);
    EXPECT_EQ(ProblemOf(EnableTorque()).reason, "SERVO_FAULT");
    EXPECT_FALSE(TruthOfServo(kServo).torque_on());
    const absl::Status cleared = ClearFault(kName);
    EXPECT_TRUE(cleared.ok()) << cleared;
    EXPECT_FALSE(TruthOfServo(kServo).torque_on()) << "clearing is not enabling";
    const absl::Status enabled = EnableTorque();
    EXPECT_TRUE(enabled.ok()) << enabled;
    EXPECT_TRUE(Eventually([&] { return ShowsNoFault(); }));
    ExpectMoves(kName, kServo, -0.2);
  }
};

TEST_F(OverCurrentTest, NoGoalSwitchesAServoOnAgainThatSwitchedItselfOff) {
  StartDaemon();
  ASSERT_TRUE(Energised());
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(WorldWentOn(std::chrono::milliseconds(20) + i * std::chrono::milliseconds(1)));
    Block(kServo, kBlock_rad);
    std::atomic<bool> seen{false};
    bool stayed_off = false;
    std::int64_t tripped_ns = 0;
    std::jthread watcher([&] {
      tripped_ns = WatchTrip(stayed_off);
      seen = true;
    });
    PressUntil([&] { return seen.load(); });
    watcher.join();
    ASSERT_NE(tripped_ns, 0);
    EXPECT_TRUE(stayed_off);
    int before = 0;
    for (const GoalWritten& goal : GoalsSince(world(), tripped_ns - 500'000'000)) {
      if (goal.servo != int{kServo}) continue;
      EXPECT_LT(goal.time_ns, tripped_ns);
      ++before;
    }
    EXPECT_GT(before, 20) << "it was under way when it switched itself off";
    EXPECT_TRUE(Eventually([&] { return ShowsFault(kServo, "OVER_CURRENT"); }));
    // That its torque is off stands in another register, which is read a tick later.
    EXPECT_TRUE(Eventually([&] { return ShowsFault(kServo, "CURRENT_TRIP"); }));
    EXPECT_TRUE(Eventually([&] { return ShowsFault(kServo, "TORQUE_LOST"); }));
    EXPECT_THAT(FixOf("arm/shoulder_pan", "OVER_CURRENT"), testing::HasSubstr("Free the joint"));
    EXPECT_TRUE(HoldsForFault(kName));
    ExpectRecovers();
  }
}

}  // namespace
}  // namespace soarm::test
