// What moves of a group may do while another group of its lease cannot follow.

#include <gtest/gtest.h>

#include "tests/adversary/tests/judge_story.h"

namespace soarm::adversary {
namespace {

using S = Story;

TEST(JudgePeersTest, FindsAMoveThatGoesOnWhileAnotherGroupOfItsLeaseIsStopped) {
  for (const bool ends : {true, false}) {
    Story story;
    story.Drive(0);
    story.Tell(MoveAsked{.call = 91,
                         .group = "arm",
                         .lease = {1, Proof::kGenuine},
                         .targets = {{S::kPan, 1.5}},
                         .speed_scale = 0.5});
    story.SetMode(0, ModeName::kMove);
    story.Glide(S::kPan, 0.3, 1);
    story.Tell(StopAsked{.groups = {"base"}, .id = "stop"});
    story.Glide(S::kPan, ends ? 0.4 : 1.5, 1);
    story.SetMode(0, ModeName::kHold);
    story.Rest(1000);
    EXPECT_EQ(story.Found(), ends ? "" : "DOES_NOT_STOP MOVES_UNCOMMANDED");
  }
}

// An arm that is held beside a stopped base, and is enabled again.
struct Waiting {
  Waiting() {
    story.Acquire();
    story.Enable();
    story.Tell(StopAsked{.groups = {"base"}, .id = "stop"});
    story.Rest(100);
    story.Tell(CallAsked{.call = 90, .group = "arm", .lease = {1, Proof::kGenuine}});
  }
  void Ask() {
    story.Tell(MoveAsked{.call = 91,
                         .group = "arm",
                         .lease = {1, Proof::kGenuine},
                         .targets = {{S::kPan, 1.5}},
                         .speed_scale = 0.5});
    story.Rest(200);
  }
  void Clear() {
    story.Tell(StopCleared{.id = "stop", .cleared = {"stop"}});
    story.Rest(100);
  }
  void HaveItsTurn() {
    story.Tell(CallAnswered{.call = 90, .ok = true});
    story.Rest(20);
  }
  void Move() {
    story.SetMode(0, ModeName::kMove);
    story.Glide(S::kPan, 1.5, 1);
    story.SetMode(0, ModeName::kHold);
  }

  Story story;
};

constexpr char kAccused[] = "DOES_NOT_STOP MOVES_UNCOMMANDED";

TEST(JudgePeersTest, LetsAMoveThatWaitedForItsTurnGoByTheGroupsOfThen) {
  Waiting waiting;
  waiting.Ask();
  waiting.Clear();
  waiting.HaveItsTurn();
  waiting.Move();
  EXPECT_EQ(waiting.story.Found(), "");
}

TEST(JudgePeersTest, FindsAMoveThatWaitedLongerThanItsLease) {
  Waiting waiting;
  waiting.Ask();
  waiting.story.Tell(LeaseReleased{.lease = {1, Proof::kGenuine}});
  waiting.Clear();
  waiting.HaveItsTurn();
  waiting.Move();
  EXPECT_EQ(waiting.story.Found(), kAccused);
}

TEST(JudgePeersTest, FindsAMoveThatWaitsForItsTurnAndMovesBesideAStoppedGroup) {
  Waiting waiting;
  waiting.Ask();
  waiting.Move();
  EXPECT_EQ(waiting.story.Found(), kAccused);
}

TEST(JudgePeersTest, FindsAMoveWhoseTurnCameWhileAnotherGroupWasStopped) {
  Waiting waiting;
  waiting.Ask();
  waiting.HaveItsTurn();
  waiting.story.Rest(100);
  waiting.Clear();
  waiting.Move();
  EXPECT_EQ(waiting.story.Found(), kAccused);
}

TEST(JudgePeersTest, FindsAMoveThatWasToWaitForNothing) {
  Waiting waiting;
  waiting.HaveItsTurn();
  waiting.Ask();
  waiting.Clear();
  waiting.Move();
  EXPECT_EQ(waiting.story.Found(), kAccused);
}

}  // namespace
}  // namespace soarm::adversary
