// What joints are given: goals within their limits, and the torque that is theirs.

#include <gtest/gtest.h>

#include "tests/adversary/tests/judge_story.h"

namespace soarm::adversary {
namespace {

using S = Story;

int TicksOf(double rad) { return 2048 + static_cast<int>(std::lround(rad / bounds::kRadPerTick)); }

// The host writes a goal to `pan`, which takes it.
void WriteGoal(Story& story, double rad, bool taken = true) {
  const int ticks = TicksOf(rad);
  story.Tell(WrittenByHost{
      .at = story.now(),
      .servo_id = 1,
      .instruction = 0x83,
      .address = 42,
      .data = {static_cast<std::uint8_t>(ticks & 0xFF), static_cast<std::uint8_t>(ticks >> 8)}});
  if (taken) story.shaft(S::kPan).goal_raw = ticks;
  story.Rest(5);
}

TEST(JudgeLimitsTest, FindsAGoalBeyondTheJointsLimits) {
  for (const double goal : {2.0, 2.01, -2.0, -2.01}) {
    Story story;
    story.shaft(S::kPan).goal_raw = TicksOf(0);
    story.Rest(10);
    WriteGoal(story, goal);
    EXPECT_EQ(story.Found(), std::abs(goal) == 2.0 ? "" : "BEYOND_LIMITS") << goal;
  }
}

TEST(JudgeLimitsTest, LetsAJointFoundOutsideItsLimitsStayOrComeInButNotGoOut) {
  for (const double goal : {2.1, 2.05, 1.0, 2.12}) {
    Story story;
    story.shaft(S::kPan).angle_rad = 2.1;
    story.shaft(S::kPan).goal_raw = TicksOf(0);
    story.Rest(10);
    WriteGoal(story, 2.1);
    WriteGoal(story, goal);
    EXPECT_EQ(story.Found(), goal > 2.1 ? "BEYOND_LIMITS" : "") << goal;
  }
}

TEST(JudgeLimitsTest, FindsAGoalThatWalksOutOfTheLimitsTickByTick) {
  Story story;
  story.shaft(S::kPan).goal_raw = TicksOf(1.9);
  story.Rest(10);
  for (double goal = 1.9; goal < 2.03; goal += 0.01) WriteGoal(story, goal);
  EXPECT_EQ(story.Found(), "BEYOND_LIMITS");
}

TEST(JudgeLimitsTest, KnowsNoLimitsOfAJointThatAnotherProgramCalibrated) {
  Story story;
  story.shaft(S::kPan).goal_raw = TicksOf(0);
  story.Rest(10);
  story.Tell(WorldDid{.joint = S::kPan, .what = "write-registers", .address = 31, .data = {9, 0}});
  WriteGoal(story, 2.5);
  EXPECT_EQ(story.Found(), "");
}

TEST(JudgeLimitsTest, FindsWhatIsLeftOfASoftHoldAfterARestart) {
  for (const ModeName mode : {ModeName::kHold, ModeName::kSoftHold}) {
    for (const bool says_so : {false, true}) {
      Story story;
      story.Acquire();
      story.Enable();
      story.shaft(S::kPan).torque_limit = 600;
      story.Tell(ProcessDid{.fate = ProcessFate::kKilled});
      story.Tell(ProcessDid{.fate = ProcessFate::kStarted});
      story.SetMode(0, mode);
      if (says_so) {
        story.lie = [](StateSeen& seen) { seen.joints[S::kPan].fault_names = {"UNPREPARED"}; };
      }
      story.Rest(4000);
      EXPECT_EQ(story.Found(), mode == ModeName::kHold && !says_so ? "TOO_WEAK" : "");
    }
  }
}

TEST(JudgeLimitsTest, LetsAJointHaveItsTorqueAgainWithinASecond) {
  for (const int weak_ms : {900, 1100}) {
    Story story;
    story.Acquire();
    story.Enable();
    story.shaft(S::kPan).torque_limit = 600;
    story.Rest(weak_ms);
    story.shaft(S::kPan).torque_limit = 1000;
    story.Rest(100);
    EXPECT_EQ(story.Found(), weak_ms < 1000 ? "" : "TOO_WEAK");
  }
}

TEST(JudgeLimitsTest, KnowsNoTorqueOfAServoThatAnotherProgramWeakened) {
  Story story;
  story.Acquire();
  story.Enable();
  story.Tell(
      WorldDid{.joint = S::kPan, .what = "write-registers", .address = 16, .data = {0x2C, 1}});
  story.shaft(S::kPan).torque_limit = 300;
  story.Rest(9000);
  EXPECT_EQ(story.Found(), "");
}

TEST(JudgeLimitsTest, FindsAJointThatPressesOnAgainstAnObstacle) {
  for (const double ahead : {0.15, 0.02}) {
    for (const double load_nm : {0.0, 1.0}) {
      Story story;
      story.Drive(0.5);
      if (load_nm > 0) story.Tell(WorldDid{.joint = S::kLift, .what = "load", .value = load_nm});
      story.Tell(WorldDid{.joint = S::kLift, .what = "block"});
      story.shaft(S::kLift).goal_raw = TicksOf(0.15);
      story.Rest(1000);
      story.shaft(S::kLift).goal_raw = TicksOf(ahead);
      story.Rest(1000);
      EXPECT_EQ(story.Found(), ahead > 0.1 && load_nm == 0 ? "PRESSES_ON" : "");
    }
  }
}

}  // namespace
}  // namespace soarm::adversary
