#include <gtest/gtest.h>

#include "tests/adversary/tests/judge_story.h"

namespace soarm::adversary {
namespace {

using S = Story;

TEST(JudgeMotionTest, FindsNothingInAnHonestDrive) {
  Story story;
  story.Drive(0.8);
  story.Tell(StreamClosed{S::kStream});
  story.SetMode(0, ModeName::kHold);
  story.Rest(1500);
  story.Tell(LeaseReleased{.lease = {1, Proof::kGenuine}});
  story.Rest(1000);
  EXPECT_EQ(story.Found(), "");
}

TEST(JudgeMotionTest, LetsAnEarlierCommandActWhereTheLaterOneWasSuperseded) {
  for (const VerdictName later : {VerdictName::kApplied, VerdictName::kSuperseded}) {
    Story story;
    story.Acquire();
    story.Enable();
    story.Open();
    story.Open(8);
    story.SetMode(0, ModeName::kFollow);
    story.Tell(ScaleSet{.lease = {1, Proof::kGenuine}, .scale = 0, .ok = true});
    story.Send(story.FrameOf(S::kPan, 0.5));
    story.Rest(2);
    const FrameSent frame = story.FrameOf(S::kPan, -0.5);
    story.Tell(frame);
    story.Send(story.FrameOf(S::kLift, 0, 8));
    story.Tell(VerdictSeen{S::kStream, frame.seq, frame.seq, later, story.now()});
    story.Rest(50);
    story.Tell(ScaleSet{.lease = {1, Proof::kGenuine}, .scale = 1, .ok = true});
    story.Glide(S::kPan, 0.3, 2.5);
    EXPECT_EQ(story.Found(), later == VerdictName::kApplied ? "MOVES_UNCOMMANDED" : "");
  }
}

TEST(JudgeMotionTest, FindsNothingInAnHonestRoll) {
  Story story;
  story.Roll();
  story.Stop();
  story.Rest(200, [&] { story.shaft(S::kWheel).speed_rad_s -= 0.015; });
  story.shaft(S::kWheel).speed_rad_s = 0;
  story.Rest(2000);
  EXPECT_EQ(story.Found(), "");
}

TEST(JudgeMotionTest, FindsThreeDegreesAfterTheReleaseOfTheLease) {
  Story story;
  story.Drive(0.5);
  story.Tell(LeaseReleased{.lease = {1, Proof::kGenuine}});
  story.SetMode(0, ModeName::kHold);
  story.Rest(1500);
  story.Glide(S::kPan, 0.5 + 3 * bounds::kDegree, 0.1);
  EXPECT_EQ(story.Found(), "MOVES_UNCOMMANDED");
}

TEST(JudgeMotionTest, LetsNoRestOrClearMoveIt) {
  Story story;
  story.Drive(0.5);
  story.Stop();
  story.Rest(1500);
  story.Tell(StopCleared{.cleared = {"stop"}});
  story.Glide(S::kPan, 0.45, 0.1, story.Streaming(S::kPan, 0.0));  // its stream stays held
  EXPECT_NE(story.Found().find("MOVES_UNCOMMANDED"), std::string::npos);
}

TEST(JudgeMotionTest, FindsAWayThatIsNotTowardsTheTarget) {
  Story story;
  story.Drive(0.5);
  story.Rest(800, story.Streaming(S::kPan, 0.5));
  story.Glide(S::kPan, 0.3, 0.5, story.Streaming(S::kPan, 0.5));
  EXPECT_EQ(story.Found(), "MOVES_UNCOMMANDED");
}

TEST(JudgeMotionTest, FindsAJointThatTurnsBackHalfway) {
  for (const double target : {1.5, -1.5}) {
    Story story;
    story.Drive(0);
    story.Glide(S::kPan, target / 2, 1, story.Streaming(S::kPan, target));
    story.Glide(S::kPan, target / 4, 1, story.Streaming(S::kPan, target));
    EXPECT_EQ(story.Found(), "MOVES_UNCOMMANDED");
  }
}

TEST(JudgeMotionTest, FindsAMotionThatMadeUpStatusBitsAccompany) {
  for (const bool injected : {false, true}) {
    Story story;
    story.Drive(0.5);
    story.SetMode(0, ModeName::kHold);
    if (injected) story.Tell(WorldDid{.joint = S::kPan, .what = "status-bits", .value = 32});
    story.shaft(S::kPan).status_bits = 32;
    story.Rest(1500);
    story.Glide(S::kPan, 0.7, 0.1);
    EXPECT_EQ(story.Found(), injected ? "MOVES_UNCOMMANDED" : "");
  }
}

TEST(JudgeMotionTest, FindsTheWayBackToATargetOfLongAgo) {
  Story story;
  story.Drive(0.5);
  story.Glide(S::kPan, 0.0, 1, story.Streaming(S::kPan, 0.0));
  story.Rest(800, story.Streaming(S::kPan, 0.0));
  story.Glide(S::kPan, 0.4, 1, story.Streaming(S::kPan, 0.0));
  EXPECT_EQ(story.Found(), "MOVES_UNCOMMANDED");
}

TEST(JudgeMotionTest, FindsWhoObeysAStranger) {
  for (const Proof proof : {Proof::kStolen, Proof::kGuessed, Proof::kNone}) {
    Story story;
    story.Acquire();
    story.Enable();
    story.Open();
    FrameSent frame = story.FrameOf(S::kPan, 1);
    frame.lease.proof = proof;
    story.Send(frame, VerdictName::kFenced);
    story.Glide(S::kPan, 0.3, 2);
    EXPECT_NE(story.Found().find("MOVES_UNCOMMANDED"), std::string::npos);
  }
}

TEST(JudgeMotionTest, FindsWhoGoesOnAfterTheStreamIsClosedAlthoughItsFramesLiveOn) {
  Story story;
  story.Drive(0.2);
  FrameSent frame = story.FrameOf(S::kPan, 1.9);
  frame.not_after = story.now() + 490 * S::kMs;
  story.Send(frame);
  story.Glide(S::kPan, 0.4, 2.8);
  story.Tell(StreamClosed{S::kStream});
  story.Glide(S::kPan, 1.4, 2.8);
  EXPECT_EQ(story.Found(), "MOVES_UNCOMMANDED");
}

TEST(JudgeMotionTest, FindsALateStop) {
  Story story;
  story.Drive(0.2);
  story.Stop();
  story.Glide(S::kPan, 0.6, 0.4);
  EXPECT_EQ(story.Found(), "DOES_NOT_STOP HOLDS_AND_MOVES MOVES_UNCOMMANDED");
}

TEST(JudgeMotionTest, FindsAJointAtMoreThanItsLimit) {
  Story story;
  story.Drive(0.1);
  story.Rest(500, story.Streaming(S::kPan, 0.1));
  story.Glide(S::kPan, 1.5, 1.3 * 3, story.Streaming(S::kPan, 1.5));
  EXPECT_EQ(story.Found(), "TOO_FAST");
}

TEST(JudgeMotionTest, LetsAJointThatTurnsBackOvershootALittleMore) {
  for (const double faster_by : {0.5, 0.7}) {
    for (const bool turns : {true, false}) {
      Story story;
      story.Drive(0.1);
      story.Rest(800, story.Streaming(S::kPan, 0.1));
      story.Glide(S::kPan, 0.7, 1, story.Streaming(S::kPan, 0.7));
      if (!turns) story.Glide(S::kPan, 1.3, 1, story.Streaming(S::kPan, 1.3));
      const double to = turns ? -0.3 : 2.0;
      story.Glide(S::kPan, to, 1.1 * 3 + faster_by, story.Streaming(S::kPan, to));
      EXPECT_EQ(story.Found(), turns && faster_by < 0.6 ? "" : "TOO_FAST") << faster_by << turns;
    }
  }
}

TEST(JudgeMotionTest, FindsAMoveFasterThanItsScales) {
  Story story;
  story.Acquire();
  story.Enable();
  story.Tell(ScaleSet{.lease = {1, Proof::kGenuine}, .scale = 0.2, .ok = true});
  story.Tell(MoveAsked{.call = 9,
                       .group = "arm",
                       .lease = {1, Proof::kGenuine},
                       .targets = {{S::kPan, 1.0}},
                       .speed_scale = 0.5});
  story.SetMode(0, ModeName::kMove);
  story.Glide(S::kPan, 1.0, 1.0);
  EXPECT_EQ(story.Found(), "TOO_FAST");
}

TEST(JudgeMotionTest, FindsAScaleOfZeroThatMoves) {
  Story story;
  story.Acquire();
  story.Enable();
  story.Tell(ScaleSet{.lease = {1, Proof::kGenuine}, .scale = 0, .ok = true});
  story.Tell(MoveAsked{.call = 9,
                       .group = "arm",
                       .lease = {1, Proof::kGenuine},
                       .targets = {{S::kPan, 1.0}},
                       .speed_scale = 1});
  story.SetMode(0, ModeName::kMove);
  story.Glide(S::kPan, 0.2, 1.3);
  EXPECT_NE(story.Found().find("MOVES_UNCOMMANDED"), std::string::npos);
}

TEST(JudgeMotionTest, FindsAWheelThatTurnsAfterAStop) {
  for (const char* trouble : {"", "mute", "status-bits", "corrupt-answers"}) {
    Story story;
    story.Roll();
    if (*trouble != 0) story.Tell(WorldDid{.joint = S::kWheel, .what = trouble, .value = 1});
    story.Rest(50, story.Streaming(S::kWheel, 3));
    story.Stop();
    story.Rest(3000);
    EXPECT_NE(story.Found().find("DOES_NOT_STOP"), std::string::npos) << trouble;
  }
}

TEST(JudgeMotionTest, FindsAWheelThatTurnsTheOtherWay) {
  Story story;
  story.Roll();
  story.Rest(1000, story.Streaming(S::kWheel, 3));
  story.shaft(S::kWheel).speed_rad_s = -1;
  story.Rest(50, story.Streaming(S::kWheel, 3));
  EXPECT_EQ(story.Found(), "TOO_FAST");
}

TEST(JudgeMotionTest, LetsAWheelThatIsCutOffKeepTheSpeedItHadWhateverIsSentMeanwhile) {
  for (const bool faster : {false, true}) {
    Story story;
    story.Roll();
    story.Tell(WorldDid{.what = "unplug"});
    if (faster) story.shaft(S::kWheel).speed_rad_s = 4.2;
    story.Rest(1500, story.Streaming(S::kWheel, 0.3));
    EXPECT_EQ(story.Found(), faster ? "TOO_FAST" : "");
  }
}

TEST(JudgeMotionTest, LetsTheWheelsOfADeadDaemonTurn) {
  Story story;
  story.Roll();
  story.Tell(ProcessDid{.fate = ProcessFate::kKilled});
  story.Rest(50);
  story.SetMode(1, ModeName::kUnknown);
  story.Rest(3000);
  EXPECT_EQ(story.Found(), "");
}

TEST(JudgeMotionTest, FindsAJumpAtAdoption) {
  Story story;
  story.Drive(0.5);
  story.Tell(ProcessDid{.fate = ProcessFate::kKilled});
  story.SetMode(0, ModeName::kHold);
  story.Rest(3000);
  story.Tell(ProcessDid{.fate = ProcessFate::kStarted});
  story.Rest(100);
  story.shaft(S::kPan).angle_rad += 1 * bounds::kDegree;
  story.Rest(100);
  EXPECT_EQ(story.Found(), "MOVED_BY_ADOPTION");
}

TEST(JudgeMotionTest, CallsACommandedWayAfterAnOpeningNoAdoption) {
  Story story;
  story.Drive(0.5);
  story.SetMode(0, ModeName::kHold);
  story.Rest(3000);
  story.Tell(WorldDid{.what = "unplug"});
  story.Rest(20);
  story.Tell(WorldDid{.what = "replug"});
  story.Rest(2000);
  story.SetMode(0, ModeName::kFollow);
  story.Rest(40, story.Streaming(S::kPan, 1.2));
  story.Glide(S::kPan, 1.2, 2, story.Streaming(S::kPan, 1.2));
  story.SetMode(0, ModeName::kHold);
  story.Rest(3000);
  EXPECT_EQ(story.Found(), "");
}

TEST(JudgeMotionTest, AddsUpWhatManyAdoptionsMove) {
  for (const double each : {0.0004, 0.0}) {
    Story story;
    story.Drive(0.5);
    story.SetMode(0, ModeName::kHold);
    story.Rest(3000);
    for (int i = 0; i < 40; ++i) {
      story.Tell(WorldDid{.what = "unplug"});
      story.Rest(20);
      story.Tell(WorldDid{.what = "replug"});
      story.Rest(20);
      story.shaft(S::kPan).angle_rad += each;
    }
    EXPECT_EQ(story.Found(), each > 0 ? "MOVED_BY_ADOPTION" : "");
  }
}

TEST(JudgeMotionTest, LetsWhatWasBlockedSpringByItsLeadOnly) {
  for (const double way : {0.15, 0.33}) {
    Story story;
    story.Acquire();
    story.Enable();
    story.Tell(WorldDid{.joint = S::kPan, .what = "block"});
    story.Tell(MoveAsked{.call = 9,
                         .group = "arm",
                         .lease = {1, Proof::kGenuine},
                         .targets = {{S::kPan, 1.0}},
                         .speed_scale = 0.05});
    story.SetMode(0, ModeName::kMove);
    story.Rest(2500);
    story.Tell(WorldDid{.joint = S::kPan, .what = "unblock"});
    story.Glide(S::kPan, way, 4);
    EXPECT_EQ(story.Found(), way > 0.3 ? "LEAPS" : "") << way;
  }
}

TEST(JudgeMotionTest, LetsWhatWasBlockedWhenItsDaemonDiedSpringByTheLeadItHad) {
  for (const double way : {0.4, 0.8}) {
    Story story;
    story.Drive(0, 2.5);
    story.Rest(60, story.Streaming(S::kPan, 1));
    story.Tell(WorldDid{.joint = S::kPan, .what = "block"});
    story.Rest(300, story.Streaming(S::kPan, 1));
    story.Stop();
    story.Rest(300);
    story.Tell(ProcessDid{.fate = ProcessFate::kKilled});
    story.Rest(1000);
    story.Tell(ProcessDid{.fate = ProcessFate::kStarted});
    story.Rest(2000);
    story.Tell(WorldDid{.joint = S::kPan, .what = "unblock"});
    story.Glide(S::kPan, way, 4);
    EXPECT_EQ(story.Found() == "", way < 0.5) << way << story.Found();
  }
}

TEST(JudgeMotionTest, LetsAStreamThatIsOpenedRightAfterAClearMove) {
  for (const bool before : {false, true}) {
    Story story;
    story.Acquire();
    story.Enable();
    story.Stop();
    story.Rest(1500);
    if (before) story.Open();
    story.Tell(StopCleared{.cleared = {"stop"}});
    if (!before) story.Open();
    story.SetMode(0, ModeName::kFollow);
    story.Glide(S::kPan, 0.5, 1, story.Streaming(S::kPan, 0.5));
    EXPECT_EQ(story.Found().find("MOVES_UNCOMMANDED") != std::string::npos, before);
  }
}

}  // namespace
}  // namespace soarm::adversary
