#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "tests/system/driving.h"
#include "tests/system/frame_stream.h"
#include "tests/system/goal_log.h"

namespace soarm::test {
namespace {

absl::StatusOr<std::unique_ptr<client::Lease>> TakeLease(client::Connection& connection,
                                                         const std::string& name,
                                                         v1::LeaseClass lease_class, bool preempt) {
  client::LeaseOptions options;
  options.client_name = name;
  options.lease_class = lease_class;
  options.preempt = preempt;
  return client::Lease::Acquire(connection, options);
}

// Streams a target that is far away until the joint is well on its way.
void SetInMotion(HeldArm& arm, FrameStream& stream, double target_rad) {
  const double start_rad = AngleOf(arm.simulator(), kPan);
  ASSERT_TRUE(Eventually([&] {
    stream.Command(Target("shoulder_pan", target_rad));
    return std::abs(AngleOf(arm.simulator(), kPan) - start_rad) > 0.4;
  }));
}

TEST(AuthorityTest, AFormerHolderMovesNothing) {
  HeldArm arm(v1::AUTONOMY);
  ASSERT_TRUE(arm.ready());
  const v1::LeaseRef former = arm.lease->ref();
  FrameStream stream(arm.connection(), former);
  ASSERT_NO_FATAL_FAILURE(SetInMotion(arm, stream, 1.9));
  const auto taken = TakeLease(arm.connection(), "person@desk", v1::TELEOP, true);
  ASSERT_TRUE(taken.ok()) << taken.status();
  const std::int64_t taken_ns = Now_ns();

  // Its stream ends and says to whom it lost; until then its commands are refused.
  ASSERT_TRUE(Eventually([&] { return stream.Command(Target("shoulder_pan", 1.9)) == 0; }));
  const absl::Status why = stream.WaitForEnd();
  EXPECT_EQ(why.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ProblemOf(why).reason, "LEASE_LOST");
  EXPECT_THAT(ProblemOf(why).message, testing::HasSubstr("person@desk"));
  EXPECT_EQ(ProblemOf(why).facts.at("by"), "person@desk");
  EXPECT_EQ(ProblemOf(why).facts.at("reason"), "PREEMPTED");

  WaitUntil(arm.simulator(), taken_ns + 500 * kMilli_ns);
  const auto goals = GoalsSince(arm.simulator(), taken_ns);
  EXPECT_LE(LastChange_ns(goals, kPan, taken_ns) - taken_ns, kBraking_ns);
  EXPECT_LE(GoalTravel_rad(goals, kPan), kBraking_rad);
  EXPECT_EQ(arm.daemon.State().groups(0).mode(), v1::HOLD);

  // Nor can it begin anew with what it has, or with what it could make of it.
  v1::LeaseRef other_start = (*taken)->ref();
  other_start.set_epoch(other_start.epoch() + 1);
  v1::LeaseRef guessed = (*taken)->ref();
  guessed.set_token(former.token());
  const auto held = GoalsNow(arm.simulator());
  const std::int64_t since_ns = TruthOf(arm.simulator()).time_ns();
  for (const v1::LeaseRef& lease : {former, other_start, guessed}) {
    FrameStream again(arm.connection(), lease);
    const v1::Verdict verdict = again.WaitForVerdict(again.Command(Target("shoulder_pan", -1.0)));
    EXPECT_EQ(verdict.kind(), v1::FENCED) << lease.DebugString();
    WaitUntil(arm.simulator(), verdict.decided_ns() + 100 * kMilli_ns);
    v1::MoveToRequest move;
    *move.mutable_lease() = lease;
    *move.mutable_targets() = Target("shoulder_pan", -1.0).targets();
    EXPECT_FALSE(
        arm.connection().Watch(client::kMoveTo, move, [](const auto&) { return true; }).ok());
    v1::ReleaseTorqueRequest release;
    *release.mutable_lease() = lease;
    EXPECT_FALSE(arm.connection().Call(client::kReleaseTorque, release).ok());
    v1::ReleaseLeaseRequest give_back;
    *give_back.mutable_lease() = lease;
    (void)arm.connection().Call(client::kReleaseLease, give_back);
  }
  ExpectGoalsHeld(arm.simulator(), since_ns, held);
  EXPECT_TRUE(ServosOf(arm.simulator())[kPan].torque_on());
  EXPECT_FALSE((*taken)->lost()) << "nobody else can end a lease";
}

TEST(AuthorityTest, ASecondDriverIsRefusedByName) {
  HeldArm arm;
  ASSERT_TRUE(arm.ready());
  FrameStream stream(arm.connection(), arm.lease->ref());
  for (const v1::LeaseClass lease_class : {v1::AUTONOMY, v1::TELEOP}) {
    for (const bool preempt : {false, true}) {
      const auto second = TakeLease(arm.connection(), "second", lease_class, preempt);
      ASSERT_FALSE(second.ok());
      const Problem problem = ProblemOf(second.status());
      EXPECT_EQ(problem.code, absl::StatusCode::kFailedPrecondition);
      EXPECT_EQ(problem.reason, "LEASE_HELD");
      EXPECT_EQ(problem.facts.at("holder"), "test");
      EXPECT_EQ(problem.facts.at("class"), "TELEOP");
      EXPECT_GE(std::stod(problem.facts.at("age_s")), 0.0);
      EXPECT_THAT(problem.message, testing::HasSubstr("test"));
    }
  }
  // A higher class has to say that it wants to take over.
  EXPECT_FALSE(TakeLease(arm.connection(), "second", v1::SUPERVISOR, false).ok());
  const v1::Verdict verdict = stream.WaitForVerdict(stream.Command(Target("shoulder_pan", 0.1)));
  EXPECT_THAT(verdict.kind(), testing::AnyOf(v1::APPLIED, v1::CLIPPED)) << "the first still drives";
}

TEST(AuthorityTest, AReleasedLeaseLeavesTheArmHolding) {
  HeldArm arm;
  ASSERT_TRUE(arm.ready());
  FrameStream stream(arm.connection(), arm.lease->ref());
  ASSERT_NO_FATAL_FAILURE(SetInMotion(arm, stream, 1.9));
  const v1::LeaseRef former = arm.lease->ref();
  arm.lease.reset();
  const std::int64_t released_ns = Now_ns();
  ASSERT_TRUE(Eventually([&] { return arm.daemon.State().groups(0).mode() == v1::HOLD; }));
  EXPECT_EQ(arm.daemon.State().groups(0).mode_reason(), "RELEASED");
  WaitUntil(arm.simulator(), released_ns + 500 * kMilli_ns);
  const auto goals = GoalsSince(arm.simulator(), released_ns);
  EXPECT_LE(LastChange_ns(goals, kPan, released_ns) - released_ns, kBraking_ns);
  EXPECT_LE(GoalTravel_rad(goals, kPan), kBraking_rad);

  const auto held = GoalsNow(arm.simulator());
  const std::int64_t since_ns = TruthOf(arm.simulator()).time_ns();
  FrameStream again(arm.connection(), former);
  const v1::Verdict verdict = again.WaitForVerdict(again.Command(Target("shoulder_pan", -1.0)));
  EXPECT_EQ(verdict.kind(), v1::FENCED);
  WaitUntil(arm.simulator(), verdict.decided_ns() + 100 * kMilli_ns);
  ExpectGoalsHeld(arm.simulator(), since_ns, held);
  EXPECT_TRUE(ServosOf(arm.simulator())[kPan].torque_on());
}

TEST(AuthorityTest, ATakeoverInMotionIsWithoutAJump) {
  HeldArm arm(v1::AUTONOMY);
  ASSERT_TRUE(arm.ready());
  FrameStream first(arm.connection(), arm.lease->ref());
  const std::int64_t since_ns = TruthOf(arm.simulator()).time_ns();
  ASSERT_NO_FATAL_FAILURE(SetInMotion(arm, first, 1.9));
  const auto taken = TakeLease(arm.connection(), "person@desk", v1::TELEOP, true);
  ASSERT_TRUE(taken.ok()) << taken.status();
  FrameStream second(arm.connection(), (*taken)->ref());
  ASSERT_TRUE(Eventually([&] {
    first.Command(Target("shoulder_pan", 1.9));
    second.Command(Target("shoulder_pan", -1.0));
    return AngleOf(arm.simulator(), kPan) < -0.9;
  }));
  EXPECT_LE(FastestGoal_rad_s(GoalsSince(arm.simulator(), since_ns), kPan), kSpeedLimit_rad_s);
}

TEST(AuthorityTest, ALimpArmHoldsCommandsAndSaysThatItsTorqueIsOff) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  const auto lease = TakeLease(daemon.connection(), "test", v1::TELEOP, false);
  ASSERT_TRUE(lease.ok()) << lease.status();
  FrameStream stream(daemon.connection(), (*lease)->ref());
  stream.WaitForBeat();
  const v1::Verdict verdict = stream.WaitForVerdict(stream.Command(Target("shoulder_pan", 0.1)));
  EXPECT_EQ(verdict.kind(), v1::HELD) << verdict.DebugString();
  EXPECT_EQ(verdict.error().reason(), "TORQUE_OFF");
  EXPECT_NE(verdict.error().fix(), "");
}

TEST(AuthorityTest, CommandsThatMakeNoSenseMoveNothing) {
  HeldArm arm;
  ASSERT_TRUE(arm.ready());
  FrameStream stream(arm.connection(), arm.lease->ref());
  stream.WaitForBeat();
  ASSERT_EQ(stream.WaitForVerdict(stream.Command(Target("shoulder_pan", 0))).kind(), v1::APPLIED);
  const auto held = GoalsNow(arm.simulator());
  const std::int64_t since_ns = TruthOf(arm.simulator()).time_ns();

  const auto refused = [&](const std::string& what, const auto& spoil,
                           v1::VerdictKind kind = v1::REJECTED) {
    stream.WaitForBeat(Now_ns() - 100 * kMilli_ns);
    v1::CommandFrame frame = stream.Frame(Target("shoulder_pan", 0.5));
    spoil(frame);
    ASSERT_TRUE(stream.Send(frame)) << what;
    const v1::Verdict verdict = stream.WaitForVerdict(frame.seq());
    EXPECT_EQ(verdict.kind(), kind) << what << ": " << verdict.DebugString();
    EXPECT_NE(verdict.error().reason(), "") << what;
    EXPECT_NE(verdict.error().message(), "") << what;
  };
  using Frame = v1::CommandFrame;
  refused("no targets", [](Frame& f) { f.mutable_joints()->clear_targets(); });
  refused("no body", [](Frame& f) { f.clear_body(); });
  refused("no end", [](Frame& f) { f.clear_validity(); });
  refused("a negative ttl", [](Frame& f) { f.mutable_ttl()->set_seconds(-1); });
  refused("a beat of the future", [](Frame& f) { f.set_beat(f.beat() + 1000); });
  refused("no number", [](Frame& f) { f.set_seq(0); });
  refused("a joint twice", [](Frame& f) {
    *f.mutable_joints()->add_targets() = Target("shoulder_pan", -0.5).targets(0);
  });
  refused("more joints than there are", [](Frame& f) {
    for (const char* name :
         {"shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll", "gripper", "seventh_joint"}) {
      *f.mutable_joints()->add_targets() = Target(name, 0.5).targets(0);
    }
  });
  refused("a joint without a target",
          [](Frame& f) { f.mutable_joints()->mutable_targets(0)->clear_target(); });
  refused("an opening of a joint that has none",
          [](Frame& f) { f.mutable_joints()->mutable_targets(0)->set_opening(0.5); });
  refused("another group", [](Frame& f) { f.set_group("right_arm"); });
  refused("a joint of another group", [](Frame& f) {
    f.mutable_joints()->mutable_targets(0)->set_joint("left_arm/elbow_flex");
  });
  refused("a twist for an arm", [](Frame& f) { f.mutable_twist()->set_linear_x_m_s(1); });
  refused(
      "an end far in the future", [](Frame& f) { f.set_not_after_ns(Now_ns() + 5000 * kMilli_ns); },
      v1::TOO_FAR_AHEAD);

  WaitUntil(arm.simulator(), Now_ns() + 100 * kMilli_ns);
  ExpectGoalsHeld(arm.simulator(), since_ns, held);
  const v1::Verdict good = stream.WaitForVerdict(stream.Command(Target("shoulder_pan", 0.1)));
  EXPECT_THAT(good.kind(), testing::AnyOf(v1::APPLIED, v1::CLIPPED)) << "the stream goes on";
}

}  // namespace
}  // namespace soarm::test
