#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/units.h"
#include "tests/system/driving.h"
#include "tests/system/frame_stream.h"
#include "tests/system/goal_log.h"

namespace soarm::test {
namespace {

TEST(ProtectionTest, ATargetOutsideTheRangeEndsAtItsMargin) {
  HeldArm arm;
  ASSERT_TRUE(arm.ready());
  const auto description =
      arm.connection().Call(client::kGetDescription, v1::GetDescriptionRequest());
  ASSERT_TRUE(description.ok()) << description.status();
  const v1::JointDescription& pan = description->groups(0).joints(0);
  ASSERT_EQ(pan.servo_id(), kPan);
  // Two degrees, told in ticks as the servo counts them.
  const int margin = static_cast<int>(2 * kRadPerDeg / kRadPerTick);
  const std::int64_t since_ns = TruthOf(arm.simulator()).time_ns();
  FrameStream stream(arm.connection(), arm.lease->ref());
  bool clipped = false;
  ASSERT_TRUE(Eventually([&] {
    const std::uint64_t seq = stream.Command(Target("shoulder_pan", 10.0));
    const v1::Verdict verdict = stream.WaitForVerdict(seq);
    for (const v1::JointClip& clip : verdict.clips()) {
      clipped = clipped || (clip.joint() == "shoulder_pan" && clip.limit() == "POSITION");
    }
    return AngleOf(arm.simulator(), kPan) > pan.upper_limit_rad() - 0.03;
  }));
  EXPECT_TRUE(clipped);
  WaitUntil(arm.simulator(), TruthOf(arm.simulator()).time_ns() + 300 * kMilli_ns);
  for (const GoalWritten& goal : GoalsSince(arm.simulator(), since_ns)) {
    if (goal.servo != static_cast<int>(kPan)) continue;
    EXPECT_GE(goal.raw, pan.lower_raw() + margin);
    EXPECT_LE(goal.raw, pan.upper_raw() - margin);
  }
}

TEST(ProtectionTest, OurOwnCurrentTripComesBeforeTheServos) {
  const TemporaryFolder folder;
  RunningSim sim(folder);
  // Half an ampere is too much for this servo when it lasts for two seconds, as by default.
  sim::WriteRegistersRequest write;
  write.set_servo(kPan);
  write.set_address(28);  // protection current, 6.5 mA each
  write.set_values(std::string("\x4D\x00", 2));
  ASSERT_TRUE(sim.connection().Call(kWriteRegisters, write).ok());

  RunningDaemon daemon(folder, {"--port", sim.link()});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  const auto lease = Energise(daemon.connection());
  ASSERT_NE(lease, nullptr);
  // A load, since an obstacle would be yielded to long before; it takes 0.6 A to hold, friction
  // helping.
  sim::SetLoadRequest load;
  load.set_servo(kPan);
  load.set_torque_nm(-1.5);
  ASSERT_TRUE(sim.connection().Call(kSetLoad, load).ok());
  FrameStream stream(daemon.connection(), lease->ref());
  const auto is_faulty = [&] {
    const v1::StateFrame state = daemon.State();
    const auto& faults = state.groups(0).joints(0).faults();
    return std::find(faults.begin(), faults.end(), "CURRENT_TRIP") != faults.end();
  };
  const auto is_powered = [&] { return ServosOf(sim.connection())[kPan].torque_on(); };
  ASSERT_TRUE(Eventually([&] {
    stream.Command(Target("shoulder_pan", 1.5));
    return is_faulty() || !is_powered();
  }));
  ASSERT_TRUE(is_faulty());
  EXPECT_TRUE(is_powered()) << "the servo's own trip comes later";
  const std::int64_t tripped_ns = TruthOf(sim.connection()).time_ns();
  ASSERT_TRUE(Eventually([&] { return daemon.State().groups(0).mode() == v1::HOLD; }));
  const v1::StateFrame state = daemon.State();
  EXPECT_EQ(state.groups(0).mode_reason(), "FAULT");
  EXPECT_EQ(state.groups(0).mode_joint(), "shoulder_pan");

  // The servo trips too, as the load is still there. No goal of ours presses harder meanwhile, and
  // none gives the servo its torque back afterwards.
  const v1::Verdict verdict = stream.WaitForVerdict(stream.Command(Target("shoulder_pan", 1.5)));
  EXPECT_EQ(verdict.kind(), v1::HELD);
  ASSERT_TRUE(Eventually([&] { return !is_powered(); }));
  const std::int64_t off_ns = TruthOf(sim.connection()).time_ns();
  WaitUntil(sim.connection(), off_ns + 500 * kMilli_ns);
  EXPECT_FALSE(is_powered());
  std::int32_t before = kTicksPerTurn;
  for (const GoalWritten& goal : GoalsSince(sim.connection(), tripped_ns + 50 * kMilli_ns)) {
    if (goal.servo != static_cast<int>(kPan)) continue;
    EXPECT_LE(goal.raw, before);
    EXPECT_LT(goal.time_ns, off_ns + 50 * kMilli_ns);
    before = goal.raw;
  }
  EXPECT_TRUE(is_faulty()) << "it stays until it is cleared";
}

}  // namespace
}  // namespace soarm::test
