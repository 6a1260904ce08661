#include <gtest/gtest.h>

#include "tests/adversary/tests/judge_story.h"

namespace soarm::adversary {
namespace {

using S = Story;

// --- verdicts

TEST(JudgeVerdictTest, FindsADoubledVerdict) {
  Story story;
  story.Drive(0.5);
  const std::uint64_t seq = story.Send(story.FrameOf(S::kPan, 0.5));
  story.Rest(5);
  story.Tell(VerdictSeen{S::kStream, seq, seq, VerdictName::kApplied, story.now()});
  EXPECT_EQ(story.Found(), "TWO_VERDICTS");
}

TEST(JudgeVerdictTest, FindsAMissingVerdict) {
  Story story;
  story.Drive(0.5);
  story.Tell(story.FrameOf(S::kPan, 0.5));
  story.Rest(600);
  EXPECT_EQ(story.Found(), "NO_VERDICT");
}

TEST(JudgeVerdictTest, FindsAMissingVerdictOfADaemonThatWasStartedAfterAnEnd) {
  Story story;
  story.Tell(ProcessDid{.fate = ProcessFate::kEnded});
  story.Tell(ProcessDid{.fate = ProcessFate::kEndedDone});
  story.Tell(ProcessDid{.fate = ProcessFate::kStarted});
  story.Rest(2000);
  story.Drive(0.5);
  story.Tell(story.FrameOf(S::kPan, 0.5));
  story.Rest(600);
  EXPECT_EQ(story.Found(), "NO_VERDICT");
}

TEST(JudgeVerdictTest, AsksForNoneOfADaemonThatIsDeadOrAStreamThatIsClosed) {
  for (const bool killed : {false, true}) {
    Story story;
    story.Drive(0.5);
    story.Tell(story.FrameOf(S::kPan, 0.5));
    if (killed) story.Tell(ProcessDid{.fate = ProcessFate::kKilled});
    if (!killed) story.Tell(StreamClosed{S::kStream});
    story.SetMode(0, ModeName::kHold);
    story.Rest(600);
    EXPECT_EQ(story.Found(), "");
  }
}

TEST(JudgeVerdictTest, FindsAppliedForWhatMayNotBe) {
  const std::vector<std::function<void(FrameSent&)>> spoils = {
      [](FrameSent& frame) { frame.lease.proof = Proof::kGuessed; },
      [](FrameSent& frame) { frame.lease.proof = Proof::kStolen; },
      [](FrameSent& frame) { frame.lease.lease = 2; },
      [](FrameSent& frame) { frame.not_after -= 300 * S::kMs; },
      [](FrameSent& frame) { frame.targets[0].value = std::nan(""); },
      [](FrameSent& frame) { frame.targets.push_back({S::kWheel, 1}); },
  };
  for (const auto& spoil : spoils) {
    Story story;
    story.Drive(0.5);
    FrameSent frame = story.FrameOf(S::kPan, 0.5);
    spoil(frame);
    story.Send(frame);
    EXPECT_EQ(story.Found(), "FALSE_VERDICT");
  }
}

TEST(JudgeVerdictTest, FindsAFrameThatWaitedAndActedAfterItsLeaseWasTakenOver) {
  for (const Time decided : {0, 1}) {
    Story story;
    story.Drive(0.5);
    const FrameSent frame = story.FrameOf(S::kPan, 0.5);
    story.Tell(frame);
    const Time taken_over = story.now();
    story.Acquire(2);
    story.Rest(5);
    story.Tell(VerdictSeen{S::kStream, frame.seq, frame.seq, VerdictName::kApplied,
                           taken_over + decided * S::kMs});
    EXPECT_EQ(story.Found(), decided == 0 ? "" : "FALSE_VERDICT");
  }
}

TEST(JudgeVerdictTest, FindsACommandThatActsAfterItsLeaseHasRunOut) {
  for (const int late_ms : {10, 100}) {
    Story story;
    story.Acquire(1, 1000 * S::kMs);
    story.Enable();
    story.Open();
    story.SetMode(0, ModeName::kFollow);
    story.Rest(920);
    const FrameSent frame = story.FrameOf(S::kPan, 0);
    story.Tell(frame);
    story.Rest(10 + late_ms);
    story.Tell(VerdictSeen{S::kStream, frame.seq, frame.seq, VerdictName::kApplied, story.now()});
    EXPECT_EQ(story.Found(), late_ms == 10 ? "" : "FALSE_VERDICT");
  }
}

TEST(JudgeVerdictTest, FindsAppliedUnderAStop) {
  Story story;
  story.Drive(0.5);
  story.Stop();
  story.Rest(300);
  story.Send(story.FrameOf(S::kPan, 0.5));
  EXPECT_EQ(story.Found(), "FALSE_VERDICT");
}

TEST(JudgeVerdictTest, FindsAppliedWhileAnotherGroupOfTheLeaseIsStopped) {
  for (const bool together : {true, false}) {
    for (const bool cleared : {false, true}) {
      Story story;
      story.Drive(0.5);
      const Time ttl = 20'000 * S::kMs;
      if (!together) {
        story.Tell(LeaseAsked{.granted = 2, .granted_ttl = ttl, .granted_groups = {"base"}});
        story.Tell(LeaseAsked{.granted = 3, .granted_ttl = ttl, .granted_groups = {"arm"}});
      }
      story.Tell(StopAsked{.groups = {"base"}, .id = "stop"});
      story.Rest(300);
      if (cleared) story.Tell(StopCleared{.id = "stop", .cleared = {"stop"}});
      story.Rest(10);
      FrameSent frame = story.FrameOf(S::kPan, 0.5);
      frame.lease.lease = together ? 1 : 3;
      story.Send(frame);
      EXPECT_EQ(story.Found(), together && !cleared ? "FALSE_VERDICT" : "");
    }
  }
}

TEST(JudgeVerdictTest, FindsAppliedWhileTheBusOfAnotherGroupOfTheLeaseIsLost) {
  for (const bool together : {true, false}) {
    for (const int gone_ms : {20, 100}) {
      Story story;
      story.Drive(0.5);
      const std::vector<std::string> groups = together ? std::vector<std::string>{"arm", "leader"}
                                                       : std::vector<std::string>{"arm", "base"};
      story.Tell(
          LeaseAsked{.granted = 2, .granted_ttl = 20'000 * S::kMs, .granted_groups = groups});
      story.Tell(WorldDid{.bus = 1, .joint = S::kLeader, .what = "unplug"});
      story.Rest(gone_ms);
      FrameSent frame = story.FrameOf(S::kPan, 0.5);
      frame.lease.lease = 2;
      story.Send(frame);
      EXPECT_EQ(story.Found(), together && gone_ms == 100 ? "FALSE_VERDICT" : "");
    }
  }
}

TEST(JudgeVerdictTest, FindsTheHolderFencedOrCalledExpired) {
  for (const VerdictName verdict : {VerdictName::kFenced, VerdictName::kExpired}) {
    Story story;
    story.Drive(0.5);
    story.Send(story.FrameOf(S::kPan, 0.5), verdict);
    EXPECT_EQ(story.Found(), "FALSE_VERDICT");
  }
}

TEST(JudgeVerdictTest, FindsAHolderStarvedByAStranger) {
  Story story;
  story.Drive(0.5);
  const FrameSent frame = story.FrameOf(S::kPan, 0.5);
  story.Tell(frame);
  FrameSent foreign = story.FrameOf(S::kPan, -1);
  foreign.lease = {0, Proof::kGuessed};
  story.Send(foreign, VerdictName::kFenced);
  story.Tell(VerdictSeen{S::kStream, frame.seq, frame.seq, VerdictName::kSuperseded, story.now()});
  EXPECT_EQ(story.Found(), "STARVED");
}

// --- what the state says

TEST(JudgeAgreementTest, FindsHoldWhileAJointMoves) {
  Story story;
  story.Acquire();
  story.Enable();
  story.Open();
  story.Glide(S::kPan, 1.5, 1, story.Streaming(S::kPan, 1.5));  // the mode is still HOLD
  EXPECT_EQ(story.Found(), "HOLDS_AND_MOVES");
}

TEST(JudgeAgreementTest, FindsTorqueThatIsSaidButOff) {
  Story story;
  story.lie = [](StateSeen& seen) { seen.joints[S::kPan].torque_on = true; };
  story.Rest(500);
  EXPECT_EQ(story.Found(), "SAYS_WRONG_TORQUE");
}

TEST(JudgeAgreementTest, AStaleTickNowAndThenHidesNoLie) {
  Story story;
  int states = 0;
  story.lie = [&states](StateSeen& seen) {
    seen.joints[S::kPan].torque_on = true;
    seen.joints[S::kPan].stale = ++states % 5 == 0;
  };
  story.Rest(500);
  EXPECT_EQ(story.Found(), "SAYS_WRONG_TORQUE");
}

TEST(JudgeAgreementTest, WhatIsStaleAllTheTimeSaysNothing) {
  Story story;
  story.lie = [](StateSeen& seen) {
    seen.joints[S::kPan].torque_on = true;
    seen.joints[S::kPan].stale = true;
  };
  story.Rest(500);
  EXPECT_EQ(story.Found(), "");
}

TEST(JudgeAgreementTest, FindsAnOldPositionThatIsSaidToBeNew) {
  Story story;
  story.Acquire();
  story.lie = [](StateSeen& seen) { seen.joints[S::kPan].position_rad = 0; };
  story.Glide(S::kPan, 1, 1);
  story.Rest(500);
  EXPECT_EQ(story.Found(), "SAYS_WRONG_PLACE");
}

TEST(JudgeAgreementTest, FindsAJointThatCannotAnswerAndIsShownAsFresh) {
  Story story;
  story.Tell(WorldDid{.joint = S::kPan, .what = "mute", .value = 1});
  story.Rest(500);
  EXPECT_EQ(story.Found(), "SAYS_FRESH");
}

TEST(JudgeAgreementTest, DoesNotTakeAFreezeForTimeInWhichAJointWasAsked) {
  Story story;
  story.Tell(WorldDid{.joint = S::kPan, .what = "mute", .value = 1});
  story.Rest(10);
  story.Freeze(400);
  story.Rest(200);
  EXPECT_EQ(story.Found(), "");
  story.Rest(100);
  EXPECT_EQ(story.Found(), "SAYS_FRESH");
}

TEST(JudgeAgreementTest, FindsAWrongMode) {
  Story story;
  story.SetMode(0, ModeName::kHold);  // both joints are limp
  story.Rest(1000);
  EXPECT_EQ(story.Found(), "SAYS_WRONG_MODE");
}

TEST(JudgeAgreementTest, FindsAStopThatIsNotShown) {
  Story story;
  story.Drive(0.5);
  story.Stop();
  story.SetMode(0, ModeName::kFollow);
  story.Rest(200);
  EXPECT_EQ(story.Found(), "HIDES_A_STOP");
}

// --- what is not ours

TEST(JudgeUntouchedTest, FindsAWriteToTheLeaderAStrangerOrEverybody) {
  Story story;
  story.Tell(WrittenByHost{.bus = 0, .servo_id = 1, .instruction = 3, .address = 42});
  EXPECT_EQ(story.Found(), "");
  story.Tell(WrittenByHost{.bus = 1, .servo_id = 4, .instruction = 3, .address = 42});
  story.Tell(WrittenByHost{.bus = 0, .servo_id = 9, .instruction = 3, .address = 42});
  story.Tell(WrittenByHost{.bus = 0, .servo_id = 254, .instruction = 3, .address = 40});
  EXPECT_EQ(story.Found(), "WRITES_TO_ALL WRITES_TO_LEADER WRITES_TO_STRANGER");
}

}  // namespace
}  // namespace soarm::adversary
