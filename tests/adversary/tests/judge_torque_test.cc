// What the judge says of torque that comes, goes, stays and is more than before.

#include <gtest/gtest.h>

#include "tests/adversary/tests/judge_story.h"

namespace soarm::adversary {
namespace {

using S = Story;

TEST(JudgeTorqueTest, FindsTorqueThatComesOnAfterItsCallerLeft) {
  Story story;
  story.Acquire();
  story.Tell(CallAsked{.call = 90, .group = "arm", .lease = {1, Proof::kGenuine}});
  story.Rest(30);
  story.Tell(CallAbandoned{.call = 90});
  story.Rest(100);
  story.shaft(S::kPan).torque_on = true;
  story.Rest(10);
  EXPECT_EQ(story.Found(), "TORQUE_GAINED");
}

TEST(JudgeTorqueTest, FindsTorqueThatComesOnAfterTheLeaseIsGone) {
  Story story;
  story.Acquire();
  story.Tell(CallAsked{.call = 90, .group = "arm", .lease = {1, Proof::kGenuine}});
  story.Rest(30);
  story.Tell(LeaseReleased{.lease = {1, Proof::kGenuine}});
  story.Rest(100);
  story.shaft(S::kPan).torque_on = true;
  story.Rest(10);
  EXPECT_EQ(story.Found(), "TORQUE_GAINED");
}

TEST(JudgeTorqueTest, FindsHalfAnEnableThatFailedAndStays) {
  Story story;
  story.Acquire();
  story.Tell(CallAsked{.call = 90, .group = "arm", .lease = {1, Proof::kGenuine}});
  story.Rest(30);
  story.shaft(S::kPan).torque_on = true;
  story.Rest(30);
  story.Tell(CallAnswered{.call = 90, .ok = false});
  story.Rest(3000);
  EXPECT_EQ(story.Found(), "TORQUE_LEFT");
}

TEST(JudgeTorqueTest, FindsWhatAPulledPlugLeftUnderTorqueHoweverLongItWasOut) {
  for (const bool undone : {true, false}) {
    Story story;
    story.Acquire();
    story.Tell(CallAsked{.call = 90, .group = "arm", .lease = {1, Proof::kGenuine}});
    story.Rest(30);
    story.shaft(S::kPan).torque_on = true;
    story.Tell(WorldDid{.what = "unplug"});
    story.Tell(CallAnswered{.call = 90, .ok = false});
    story.Rest(9000);
    story.Tell(WorldDid{.what = "replug"});
    story.Rest(2000);
    if (undone) story.shaft(S::kPan).torque_on = false;
    story.Rest(5000);
    EXPECT_EQ(story.Found(), undone ? "" : "TORQUE_LEFT");
  }
}

TEST(JudgeTorqueTest, LetsANewDaemonAdoptHalfAnEnableOfADeadOne) {
  Story story;
  story.Acquire();
  story.Tell(CallAsked{.call = 90, .group = "arm", .lease = {1, Proof::kGenuine}});
  story.Rest(30);
  story.shaft(S::kPan).torque_on = true;
  story.Tell(ProcessDid{.fate = ProcessFate::kKilled});
  story.Tell(ProcessDid{.fate = ProcessFate::kStarted});
  story.Rest(6000);
  EXPECT_EQ(story.Found(), "");
}

TEST(JudgeTorqueTest, LetsHalfAnEnableBeUndoneAfterASuspendButNotLeft) {
  for (const bool undone : {true, false}) {
    Story story;
    story.Acquire();
    story.Tell(CallAsked{.call = 90, .group = "arm", .lease = {1, Proof::kGenuine}});
    story.Rest(30);
    story.shaft(S::kPan).torque_on = true;
    story.Rest(5);
    story.Tell(ProcessDid{.fate = ProcessFate::kSuspended, .span = 3000 * S::kMs});
    story.Rest(3050);
    story.Tell(CallAnswered{.call = 90, .ok = false});
    if (undone) story.shaft(S::kPan).torque_on = false;
    story.Rest(5000);
    EXPECT_EQ(story.Found(), undone ? "" : "TORQUE_LEFT");
  }
}

TEST(JudgeTorqueTest, LetsAStepOfAnEnableBeTakenByADaemonThatWasToldToEndInAFreeze) {
  for (const int late_ms : {0, 500}) {
    Story story;
    story.Acquire();
    story.Tell(CallAsked{.call = 90, .group = "arm", .lease = {1, Proof::kGenuine}});
    story.Rest(30);
    story.Tell(ProcessDid{.fate = ProcessFate::kFrozen, .span = 1000 * S::kMs});
    story.Tell(ProcessDid{.fate = ProcessFate::kEnded});
    story.Rest(1005 + late_ms);
    story.shaft(S::kPan).torque_on = true;
    story.Rest(5);
    story.shaft(S::kPan).torque_on = false;
    story.Rest(1000);
    EXPECT_EQ(story.Found().find("TORQUE_GAINED") != std::string::npos, late_ms > 0);
  }
}

TEST(JudgeTorqueTest, LetsAGoalEnergiseAServoWhoseModeAnotherProgramHasJustChanged) {
  for (const int late_ms : {0, 2000}) {
    Story story;
    story.Drive(0.5);
    story.Tell(WorldDid{.joint = S::kPan, .what = "write-registers", .address = 33, .data = {3}});
    story.shaft(S::kPan).mode = 3;
    story.shaft(S::kPan).torque_on = false;
    story.Rest(5 + late_ms);
    story.shaft(S::kPan).torque_on = true;
    story.Rest(3000);
    EXPECT_EQ(story.Found().find("TORQUE_GAINED") != std::string::npos, late_ms > 0);
  }
}

TEST(JudgeTorqueTest, FindsOkWhileAJointIsLimp) {
  Story story;
  story.Acquire();
  story.Tell(CallAsked{.call = 90, .group = "arm", .lease = {1, Proof::kGenuine}});
  story.Rest(30);
  story.shaft(S::kPan).torque_on = true;
  story.Rest(30);
  story.Tell(CallAnswered{.call = 90, .ok = true});
  EXPECT_EQ(story.Found(), "ENABLED_LIMP");
}

TEST(JudgeTorqueTest, FindsAnArmThatIsDropped) {
  Story story;
  story.Drive(0.5);
  story.shaft(S::kLift).torque_on = false;
  story.Rest(100);
  EXPECT_EQ(story.Found(), "TORQUE_LOST");
}

TEST(JudgeTorqueTest, LetsAServoProtectItselfButNotByALie) {
  for (const bool injected : {false, true}) {
    Story story;
    story.Drive(0.5);
    if (injected) story.Tell(WorldDid{.joint = S::kLift, .what = "status-bits", .value = 32});
    story.shaft(S::kLift).status_bits = 32;
    story.Rest(5);
    story.shaft(S::kLift).torque_on = false;
    story.Rest(100);
    EXPECT_EQ(story.Found(), injected ? "TORQUE_LOST" : "");
  }
}

TEST(JudgeTorqueTest, FindsAReleaseThatIsNotDone) {
  Story story;
  story.Drive(0.5);
  story.Stop(StopRank::kRelease);
  story.Tell(StopCleared{.cleared = {"stop"}});
  story.Rest(1500);
  EXPECT_EQ(story.Found(), "NOT_RELEASED");
}

TEST(JudgeTorqueTest, FindsACallThatIsNotAnswered) {
  for (const CallKind kind : {CallKind::kEnableTorque, CallKind::kReleaseTorque}) {
    const bool enable = kind == CallKind::kEnableTorque;
    for (const bool in_time : {true, false}) {
      Story story;
      story.Acquire();
      story.Tell(
          CallAsked{.call = 90, .kind = kind, .group = "arm", .lease = {1, Proof::kGenuine}});
      story.Rest((enable ? 6000 : 3000) - 10);
      if (in_time) story.Tell(CallAnswered{.call = 90, .ok = false});
      story.Rest(100);
      const char* const accused = enable ? "ENABLE_HANGS" : "RELEASE_HANGS";
      EXPECT_EQ(story.Found(), in_time ? "" : accused);
    }
  }
}

// A joint that another program has weakened, and that is held.
void Weaken(Story& story) {
  story.Drive(0.5);
  story.SetMode(0, ModeName::kHold);
  story.Tell(WorldDid{.joint = S::kPan, .what = "write-registers", .address = 48, .data = {70, 0}});
  story.shaft(S::kPan).torque_limit = 70;
  story.Rest(3000);
}

TEST(JudgeTorqueTest, FindsAJointThatGoesBackFarWithAllOfItsTorque) {
  for (const double way : {0.03, 0.08}) {
    Story story;
    Weaken(story);
    story.shaft(S::kPan).torque_limit = 1000;
    story.Glide(S::kPan, 0.5 + way, 0.15);
    EXPECT_EQ(story.Found().find("LEAPS_WITH_TORQUE") != std::string::npos, way > 0.05);
  }
}

TEST(JudgeTorqueTest, FindsAJointThatGoesFastWithMoreTorque) {
  for (const double speed : {1.2, 1.4}) {
    Story story;
    Weaken(story);
    story.shaft(S::kPan).torque_limit = 400;
    story.Rest(5);
    story.Glide(S::kPan, 0.6, speed);
    EXPECT_EQ(story.Found().find("SPEEDS_UP_WITH_TORQUE") != std::string::npos, speed > 1.3);
  }
}

}  // namespace
}  // namespace soarm::adversary
