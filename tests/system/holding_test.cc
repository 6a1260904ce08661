#include <cmath>

#include <gtest/gtest.h>

#include "tests/system/driving.h"
#include "tests/system/frame_stream.h"
#include "tests/system/goal_log.h"

namespace soarm::test {
namespace {

sim::ServoTruth TruthAbout(client::Connection& simulator, std::uint32_t servo) {
  return ServosOf(simulator)[servo];
}

void MoveTo(HeldArm& arm, const v1::JointTargets& targets) {
  v1::MoveToRequest request;
  *request.mutable_lease() = arm.lease->ref();
  *request.mutable_targets() = targets.targets();
  request.set_speed_scale(1.0);
  const absl::Status status =
      arm.connection().Watch(client::kMoveTo, request, [](const auto&) { return true; });
  ASSERT_TRUE(status.ok()) << status;
}

// What the daemon says it is doing, sent back to it: of all joints, or of the first one only.
v1::JointTargets AsApplied(const v1::StateFrame& state, bool all) {
  v1::JointTargets targets;
  for (const v1::JointState& joint : state.groups(0).joints()) {
    if (!all && targets.targets_size() > 0) break;
    *targets.add_targets() = Target(joint.name(), joint.applied_rad()).targets(0);
  }
  return targets;
}

// Lets the group follow a command for its short life and come to hold again, `count` times.
void AlternateHoldAndFollow(HeldArm& arm, int count) {
  FrameStream stream(arm.connection(), arm.lease->ref());
  int done = 0;
  EXPECT_TRUE(Eventually([&] {
    v1::CommandFrame frame = stream.Frame(AsApplied(arm.daemon.State(), done % 2 == 0));
    frame.set_not_after_ns(Now_ns() + 30 * kMilli_ns);
    if (!stream.Send(frame)) return false;
    const v1::VerdictKind kind = stream.WaitForVerdict(frame.seq()).kind();
    const bool held = Eventually([&] { return arm.daemon.State().groups(0).mode() == v1::HOLD; });
    if (held && (kind == v1::APPLIED || kind == v1::CLIPPED)) ++done;
    return done >= count;
  })) << done
      << " times";
}

TEST(HoldingTest, AHundredCyclesOfHoldAndFollowDriftNowhere) {
  HeldArm arm;
  ASSERT_TRUE(arm.ready());
  // Stretched out, where gravity pulls most.
  v1::JointTargets stretched = Target("shoulder_lift", 0.7);
  *stretched.add_targets() = Target("elbow_flex", -0.7).targets(0);
  *stretched.add_targets() = Target("wrist_flex", 0.0).targets(0);
  ASSERT_NO_FATAL_FAILURE(MoveTo(arm, stretched));
  ASSERT_TRUE(Eventually(
      [&] { return std::abs(TruthAbout(arm.simulator(), kLift).velocity_rad_s()) < 0.005; }));
  const auto held = GoalsNow(arm.simulator());
  const auto before = ServosOf(arm.simulator());
  EXPECT_GT(std::abs(before.at(kLift).torque_nm()), 0.4) << "gravity pulls";
  const std::int64_t since_ns = TruthOf(arm.simulator()).time_ns();
  AlternateHoldAndFollow(arm, 50);
  AlternateHoldAndFollow(arm, 50);
  ExpectGoalsHeld(arm.simulator(), since_ns, held, 2);
  for (const auto& [id, servo] : ServosOf(arm.simulator())) {
    EXPECT_LE(std::abs(servo.position_raw() - before.at(id).position_raw()), 4) << id;
    EXPECT_TRUE(servo.torque_on()) << id;
  }
}

TEST(HoldingTest, AGrippedBlockStaysGripped) {
  HeldArm arm;
  ASSERT_TRUE(arm.ready());
  v1::JointTargets open;
  open.add_targets()->set_joint("gripper");
  open.mutable_targets(0)->set_opening(0.7);
  ASSERT_NO_FATAL_FAILURE(MoveTo(arm, open));
  sim::BlockRequest block;
  block.set_servo(kGripper);
  block.set_at_rad(0.6);
  ASSERT_TRUE(arm.simulator().Call(kBlock, block).ok());

  // How far the goal lies behind what the jaws touch: what they press with.
  const auto pressing_ticks = [&] {
    const sim::ServoTruth gripper = TruthAbout(arm.simulator(), kGripper);
    return gripper.position_raw() - gripper.goal_raw();
  };
  constexpr int kMargin_ticks = 78;  // 0.12 rad
  {
    FrameStream stream(arm.connection(), arm.lease->ref());
    v1::JointTargets closed = open;
    closed.mutable_targets(0)->set_opening(0.0);
    std::int64_t pressed_ns = 0;  // since when it has pressed within the margin
    ASSERT_TRUE(Eventually([&] {
      stream.Command(closed);
      const bool touches = TruthAbout(arm.simulator(), kGripper).position_rad() < 0.61;
      const int ticks = pressing_ticks();
      const std::int64_t now_ns = TruthOf(arm.simulator()).time_ns();
      if (!touches || ticks < kMargin_ticks / 2 || ticks > kMargin_ticks + 2) pressed_ns = now_ns;
      return now_ns - pressed_ns > 500 * kMilli_ns;
    }));
  }
  ASSERT_TRUE(Eventually([&] { return arm.daemon.State().groups(0).mode() == v1::HOLD; }));

  const auto still_gripped = [&](const char* when) {
    const sim::ServoTruth gripper = TruthAbout(arm.simulator(), kGripper);
    EXPECT_NEAR(gripper.position_rad(), 0.6, 0.01) << when;
    EXPECT_LE(gripper.torque_nm(), -0.3) << when;
    EXPECT_GE(pressing_ticks(), kMargin_ticks / 2) << when;
    EXPECT_LE(pressing_ticks(), kMargin_ticks + 2) << when;
    EXPECT_TRUE(gripper.torque_on()) << when;
  };
  still_gripped("when the stream ended");
  const auto held = GoalsNow(arm.simulator());
  const std::int64_t since_ns = TruthOf(arm.simulator()).time_ns();
  AlternateHoldAndFollow(arm, 30);
  still_gripped("after many cycles");
  arm.lease.reset();
  WaitUntil(arm.simulator(), TruthOf(arm.simulator()).time_ns() + 1000 * kMilli_ns);
  EXPECT_EQ(arm.daemon.State().groups(0).mode(), v1::HOLD);
  still_gripped("after the lease was released");
  ExpectGoalsHeld(arm.simulator(), since_ns, held, 2);
}

}  // namespace
}  // namespace soarm::test
