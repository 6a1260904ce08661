#include <cmath>
#include <csignal>
#include <vector>

#include <gtest/gtest.h>

#include "clients/cpp/durations.h"
#include "tests/system/driving.h"
#include "tests/system/frame_stream.h"
#include "tests/system/goal_log.h"

namespace soarm::test {
namespace {

// A command's life where the test does not say otherwise.
constexpr std::int64_t kLife_ns = 200 * kMilli_ns;

// The two ways to say when a command ends.
enum class Validity : std::uint8_t { kTtl, kNotAfter };
constexpr Validity kBothForms[] = {Validity::kTtl, Validity::kNotAfter};

const char* NameOf(Validity form) { return form == Validity::kTtl ? "ttl" : "not_after_ns"; }

// A command that a client made when the newest beat it had seen was `beat`.
v1::CommandFrame MadeAt(FrameStream& stream, Validity form, const v1::Beat& beat,
                        std::int64_t made_ns, double position_rad) {
  v1::CommandFrame frame = stream.Frame(Target("shoulder_pan", position_rad));
  frame.set_beat(beat.number());
  if (form == Validity::kNotAfter) frame.set_not_after_ns(made_ns + kLife_ns);
  return frame;
}

// Streams the target until the goal and the joint stand there; the group still follows then.
void DriveTo(HeldArm& arm, FrameStream& stream, double position_rad) {
  bool goes_on = true;
  const bool arrived = Eventually([&] {
    goes_on = stream.Command(Target("shoulder_pan", position_rad)) != 0;
    const v1::StateFrame state = arm.daemon.State();
    const double applied_rad = state.groups(0).joints(0).applied_rad();
    return !goes_on || (std::abs(applied_rad - position_rad) < 1e-6 &&
                        std::abs(AngleOf(arm.simulator(), kPan) - position_rad) < 0.02);
  });
  ASSERT_TRUE(goes_on) << stream.WaitForEnd();
  ASSERT_TRUE(arrived) << arm.daemon.State().DebugString();
}

// Both the arm and what it is told to do stood still since then, and some ticks passed after
// `last`.
void ExpectNothingActed(HeldArm& arm, std::int64_t since_ns,
                        const std::map<std::uint32_t, int>& held, const v1::Verdict& last) {
  WaitUntil(arm.simulator(), last.decided_ns() + 100 * kMilli_ns);
  ExpectGoalsHeld(arm.simulator(), since_ns, held);
}

TEST(ExpiryTest, ACommandPastItsEndDoesNotAct) {
  HeldArm arm;
  ASSERT_TRUE(arm.ready());
  FrameStream stream(arm.connection(), arm.lease->ref());
  const v1::Beat old = stream.WaitForBeat();
  ASSERT_EQ(stream.WaitForVerdict(stream.Command(Target("shoulder_pan", 0))).kind(), v1::APPLIED);
  stream.WaitForBeat(old.sent_ns() + 300 * kMilli_ns);
  const auto held = GoalsNow(arm.simulator());
  const std::int64_t since_ns = TruthOf(arm.simulator()).time_ns();
  for (const Validity form : kBothForms) {
    const v1::CommandFrame frame = MadeAt(stream, form, old, old.sent_ns(), 0.5);
    ASSERT_TRUE(stream.Send(frame));
    const v1::Verdict verdict = stream.WaitForVerdict(frame.seq());
    EXPECT_EQ(verdict.kind(), v1::EXPIRED) << NameOf(form);
    ExpectNothingActed(arm, since_ns, held, verdict);
  }
  // One that echoes no beat is as old as the stream's first.
  v1::CommandFrame frame = stream.Frame(Target("shoulder_pan", 0.5));
  frame.set_beat(0);
  ASSERT_TRUE(stream.Send(frame));
  const v1::Verdict verdict = stream.WaitForVerdict(frame.seq());
  EXPECT_EQ(verdict.kind(), v1::EXPIRED);
  ExpectNothingActed(arm, since_ns, held, verdict);
}

TEST(ExpiryTest, ABurstAfterAFreezeOfTheClientMovesNothing) {
  HeldArm arm;
  ASSERT_TRUE(arm.ready());
  for (const Validity form : kBothForms) {
    FrameStream stream(arm.connection(), arm.lease->ref());
    ASSERT_NO_FATAL_FAILURE(DriveTo(arm, stream, 0.2));
    const v1::Beat last = stream.beat();
    const auto held = GoalsNow(arm.simulator());
    const std::int64_t frozen_ns = TruthOf(arm.simulator()).time_ns();
    // What it meant to send in the first half of its freeze goes out at the end of it.
    std::vector<v1::CommandFrame> queued;
    for (int i = 1; i <= 25; ++i) {
      queued.push_back(MadeAt(stream, form, last, frozen_ns + i * 20 * kMilli_ns, 0.2 + 0.05 * i));
    }
    stream.WaitForBeat(frozen_ns + 1000 * kMilli_ns);
    EXPECT_EQ(arm.daemon.State().groups(0).mode(), v1::HOLD);
    for (const v1::CommandFrame& frame : queued) ASSERT_TRUE(stream.Send(frame));
    const v1::Verdict verdict = stream.WaitForVerdict(queued.back().seq());
    EXPECT_EQ(verdict.kind(), v1::EXPIRED) << NameOf(form);
    for (const v1::CommandFrame& frame : queued) {
      const v1::VerdictKind kind = stream.WaitForVerdict(frame.seq()).kind();
      EXPECT_TRUE(kind == v1::EXPIRED || kind == v1::SUPERSEDED) << NameOf(form) << ' ' << kind;
    }
    ExpectNothingActed(arm, frozen_ns, held, verdict);

    // Awake again it is followed, from where the arm is and within the limits.
    const std::int64_t awake_ns = TruthOf(arm.simulator()).time_ns();
    ASSERT_NO_FATAL_FAILURE(DriveTo(arm, stream, -1.0));
    EXPECT_LE(FastestGoal_rad_s(GoalsSince(arm.simulator(), awake_ns), kPan), kSpeedLimit_rad_s);
  }
}

TEST(ExpiryTest, AFrozenDaemonCatchesNothingUp) {
  HeldArm arm;
  ASSERT_TRUE(arm.ready());
  for (const Validity form : kBothForms) {
    FrameStream stream(arm.connection(), arm.lease->ref());
    ASSERT_NO_FATAL_FAILURE(DriveTo(arm, stream, 0.2));
    const auto held = GoalsNow(arm.simulator());
    const std::int64_t since_ns = TruthOf(arm.simulator()).time_ns();
    arm.daemon.process().Signal(SIGSTOP);
    WaitUntil(arm.simulator(), since_ns + 50 * kMilli_ns);
    const std::int64_t frozen_ns = TruthOf(arm.simulator()).time_ns();
    std::uint64_t newest = 0;
    for (int i = 1; i <= 25; ++i) {
      const v1::CommandFrame frame = MadeAt(stream, form, stream.beat(), Now_ns(), 0.2 + 0.05 * i);
      ASSERT_TRUE(stream.Send(frame));
      newest = frame.seq();
      WaitUntil(arm.simulator(), frozen_ns + i * 20 * kMilli_ns);
    }
    WaitUntil(arm.simulator(), frozen_ns + 1000 * kMilli_ns);
    arm.daemon.process().Signal(SIGCONT);
    const v1::Verdict verdict = stream.WaitForVerdict(newest);
    EXPECT_EQ(verdict.kind(), v1::EXPIRED) << NameOf(form);
    ExpectNothingActed(arm, since_ns, held, verdict);

    const std::int64_t awake_ns = TruthOf(arm.simulator()).time_ns();
    ASSERT_NO_FATAL_FAILURE(DriveTo(arm, stream, -1.0));
    EXPECT_LE(FastestGoal_rad_s(GoalsSince(arm.simulator(), awake_ns), kPan), kSpeedLimit_rad_s);
  }
}

TEST(ExpiryTest, ASilentLinkBringsTheTargetToRest) {
  HeldArm arm;
  ASSERT_TRUE(arm.ready());
  struct Case {
    std::int64_t ttl_ms;
    std::int64_t silence_ms;  // after which nothing is followed any more
    double target_rad;
  };
  for (const Case& now : {Case{500, 250, 1.9}, Case{100, 100, -1.9}}) {
    // Not renewed: renewing a lease is a sign of life, too.
    arm.lease.reset();
    client::LeaseOptions options;
    options.ttl = std::chrono::seconds(30);
    auto lease = client::Lease::Acquire(arm.connection(), options);
    ASSERT_TRUE(lease.ok()) << lease.status();
    FrameStream stream(arm.connection(), (*lease)->ref());
    const double start_rad = AngleOf(arm.simulator(), kPan);
    const std::int64_t since_ns = TruthOf(arm.simulator()).time_ns();
    std::int64_t last_ns = 0;
    ASSERT_TRUE(Eventually([&] {
      v1::CommandFrame frame = stream.Frame(Target("shoulder_pan", now.target_rad));
      *frame.mutable_ttl() = client::ToProto(std::chrono::milliseconds(now.ttl_ms));
      last_ns = Now_ns();
      stream.Send(frame);
      return std::abs(AngleOf(arm.simulator(), kPan) - start_rad) > 0.3;
    }));
    ASSERT_TRUE(Eventually([&] { return arm.daemon.State().groups(0).mode() == v1::HOLD; }));
    const v1::StateFrame state = arm.daemon.State();
    EXPECT_EQ(state.groups(0).mode_reason(), "EXPIRED") << state.DebugString();
    WaitUntil(arm.simulator(), last_ns + 800 * kMilli_ns);
    const auto goals = GoalsSince(arm.simulator(), since_ns);
    const std::int64_t moved_ns = LastChange_ns(goals, kPan, last_ns) - last_ns;
    EXPECT_LE(moved_ns, now.silence_ms * kMilli_ns + kBraking_ns) << now.ttl_ms;
    EXPECT_GT(moved_ns, 50 * kMilli_ns) << "it was in motion when the link fell silent";
    EXPECT_LE(FastestGoal_rad_s(goals, kPan), kSpeedLimit_rad_s);
    EXPECT_GT(std::abs(AngleOf(arm.simulator(), kPan) - now.target_rad), 0.1);
  }
}

}  // namespace
}  // namespace soarm::test
