// What the judge excuses since the world or another program did it, and what it does not.

#include <gtest/gtest.h>

#include "tests/adversary/tests/judge_story.h"

namespace soarm::adversary {
namespace {

using S = Story;

TEST(JudgeWorldTest, GivesAJointThatBecomesOursInMotionWhatBrakingTakesAndNoMore) {
  for (const double way : {0.2, 0.9}) {
    Story story;
    story.Drive(0);
    story.Tell(WorldDid{.joint = S::kPan, .what = "write-registers", .address = 42, .data = {1}});
    story.Rest(1200, story.Streaming(S::kPan, 0));
    story.Glide(S::kPan, 0.5, 1.1, story.Streaming(S::kPan, 1.5));
    story.Stop();
    story.Glide(S::kPan, 0.5 + way, 1.1);
    story.Rest(1000);
    EXPECT_EQ(story.Found(), way < 0.3 ? "" : "DOES_NOT_STOP HOLDS_AND_MOVES MOVES_UNCOMMANDED");
  }
}

TEST(JudgeWorldTest, ExcusesWhatAnotherProgramDoesUntilTheDaemonCanNoticeIt) {
  for (const int late_ms : {0, 2000}) {
    Story story;
    story.Drive(0);
    story.Stop();
    story.Rest(1500);
    story.Tell(WorldDid{.joint = S::kPan, .what = "write-registers", .address = 42, .data = {1}});
    story.Tell(ProcessDid{.fate = ProcessFate::kFrozen, .span = 3000 * S::kMs});
    story.Rest(2500 + late_ms);
    story.Rest(late_ms);
    story.Glide(S::kPan, 0.5, 0.3);
    EXPECT_EQ(story.Found(), late_ms == 0 ? "" : "DOES_NOT_STOP MOVES_UNCOMMANDED") << late_ms;
  }
}

TEST(JudgeWorldTest, LetsAFallingNeighbourShakeAJointButNotTurnIt) {
  for (const double speed : {0.3, 0.8}) {
    Story story;
    story.Drive(0.5);
    story.SetMode(0, ModeName::kHold);
    story.Rest(1500);
    story.Tell(WorldDid{.joint = S::kLift, .what = "detach"});
    story.shaft(S::kLift).attached = story.shaft(S::kLift).powered = false;
    story.Glide(S::kLift, 0.3, 2, [&] {
      story.shaft(S::kPan).speed_rad_s = speed;
      if (story.now() % 2 == 0) story.shaft(S::kPan).angle_rad += 0.00001;
    });
    story.shaft(S::kPan).speed_rad_s = 0;
    story.Rest(500);
    EXPECT_EQ(story.Found(), speed < 0.5 ? "" : "DOES_NOT_STOP");
  }
}

TEST(JudgeWorldTest, KnowsNoPlaceOfAJointThatWasCalibratedAnewButItsStop) {
  for (const bool stops : {true, false}) {
    Story story;
    story.Tell(WorldDid{.joint = S::kPan, .what = "write-registers", .address = 9, .data = {9, 0}});
    story.Rest(6000);
    story.Acquire();
    story.Enable();
    story.Open();
    story.SetMode(0, ModeName::kFollow);
    story.lie = [](StateSeen& seen) { seen.joints[S::kPan].position_rad += 1; };
    story.Glide(S::kPan, 1.0, 2, story.Streaming(S::kPan, 0.2));
    story.Stop();
    if (stops) story.Rest(1500);
    story.Glide(S::kPan, stops ? 1.03 : 1.5, 0.15);
    EXPECT_EQ(story.Found(), stops ? "" : "MOVES_UNCOMMANDED");
  }
}

// Its reading flips at the seam, and by that only who turned it there while it was limp.
TEST(JudgeWorldTest, AsksNothingOfAServoThatMayFindItselfATurnAway) {
  struct Told {
    double offset_ticks;
    bool turned_limp;
  };
  for (const Told told : {Told{2000, true}, Told{2000, false}, Told{300, true}}) {
    Story story;
    story.Tell(WorldDid{.joint = S::kPan, .what = "swap", .value = told.offset_ticks});
    story.Rest(9000);
    if (told.turned_limp) story.Glide(S::kPan, 0.2, 1);
    story.lie = [](StateSeen& seen) { seen.joints[S::kPan].position_rad += 1; };
    story.Acquire();
    story.Enable();
    story.Rest(1500);
    story.Glide(S::kPan, 1.9, 2);
    const bool may = told.offset_ticks > 1000 && told.turned_limp;
    EXPECT_EQ(story.Found(), may ? "" : "DOES_NOT_STOP HOLDS_AND_MOVES MOVES_UNCOMMANDED")
        << told.offset_ticks << told.turned_limp;
  }
}

TEST(JudgeWorldTest, KnowsThePlaceOfAJointOfWhichAnotherProgramWroteWhatDoesNotMoveIt) {
  Story story;
  story.Tell(WorldDid{.joint = S::kPan, .what = "write-registers", .address = 35, .data = {9}});
  story.Rest(6000);
  story.Drive(0.2);
  story.Glide(S::kPan, 1.0, 2, story.Streaming(S::kPan, 0.2));
  EXPECT_EQ(story.Found(), "MOVES_UNCOMMANDED");
}

TEST(JudgeWorldTest, LetsAJointSagThatAnotherProgramHasWeakenedUntilItIsStrongAgain) {
  for (const int limit : {70, 1000}) {
    Story story;
    story.Drive(0.5);
    story.SetMode(0, ModeName::kHold);
    story.Tell(
        WorldDid{.joint = S::kPan, .what = "write-registers", .address = 48, .data = {70, 0}});
    story.shaft(S::kPan).torque_limit = 70;
    story.Rest(2000);
    story.shaft(S::kPan).torque_limit = limit;
    story.Rest(1500);
    story.Glide(S::kPan, 0.3, 0.15);
    EXPECT_EQ(story.Found(), limit == 70 ? "" : "MOVES_UNCOMMANDED");
  }
}

TEST(JudgeWorldTest, LetsALoadSinkAJointThatIsSaidToStrainButNotItsOwnWeight) {
  for (const double load_nm : {1.4, 0.0}) {
    Story story;
    story.Drive(0.5);
    story.SetMode(0, ModeName::kHold);
    story.Tell(WorldDid{.joint = S::kPan, .what = "load", .value = load_nm});
    story.Rest(3000);
    story.Tell(WorldDid{.joint = S::kPan, .what = "status-bits", .value = 32});
    story.shaft(S::kPan).status_bits = 32;
    story.Rest(100);
    story.Glide(S::kPan, 0.2, 0.3);
    EXPECT_EQ(story.Found(), load_nm > 0 ? "" : "DOES_NOT_STOP MOVES_UNCOMMANDED");
  }
}

TEST(JudgeWorldTest, LetsOnlyHeavyNoiseEnergiseAServo) {
  for (const double rate : {0.2, 0.01}) {
    Story story;
    story.Tell(WorldDid{.all_joints = true, .what = "corrupt-requests", .value = rate});
    story.Rest(3000);
    story.shaft(S::kPan).torque_on = true;
    story.Rest(10);
    EXPECT_EQ(story.Found(), rate > 0.1 ? "" : "TORQUE_GAINED");
  }
}

TEST(JudgeWorldTest, LetsAServoCoolDownThatSaysItIsHotAnyway) {
  for (const double celsius : {72.0, 50.0}) {
    Story story;
    story.Drive(0.5);
    story.SetMode(0, ModeName::kHold);
    story.Tell(WorldDid{.joint = S::kPan, .what = "status-bits", .value = 4});
    story.Tell(WorldDid{.joint = S::kPan, .what = "temperature", .value = celsius});
    story.shaft(S::kPan).status_bits = 4;
    story.Rest(3000);
    story.Glide(S::kPan, 0.2, 0.3);
    EXPECT_EQ(story.Found(), celsius > 65 ? "" : "DOES_NOT_STOP MOVES_UNCOMMANDED");
  }
}

TEST(JudgeWorldTest, LetsWhatWasTooHeavyComeBackFromAfarForAWhile) {
  for (const int late_ms : {0, 3000}) {
    Story story;
    story.Drive(0.5);
    story.SetMode(0, ModeName::kHold);
    story.Tell(WorldDid{.joint = S::kPan, .what = "load", .value = 4});
    story.Glide(S::kPan, 1.9, 1);
    story.Tell(WorldDid{.joint = S::kPan, .what = "load", .value = 0});
    story.Rest(late_ms);
    story.Glide(S::kPan, 0.5, 1.5);
    EXPECT_EQ(story.Found() == "", late_ms == 0) << story.Found();
  }
}

TEST(JudgeWorldTest, LetsAnEnableBeUndoneThatAnotherProgramMayHaveDoneForAWhile) {
  for (const int late_ms : {100, 3000}) {
    Story story;
    story.Acquire();
    story.Tell(WorldDid{.joint = S::kPan, .what = "write-registers", .address = 40, .data = {1}});
    story.Tell(CallAsked{.call = 90, .group = "arm", .lease = {1, Proof::kGenuine}});
    story.Rest(30);
    story.shaft(S::kPan).torque_on = true;
    story.Rest(1500);
    story.Tell(CallAnswered{.call = 90, .ok = false});
    story.Rest(late_ms);
    story.shaft(S::kPan).torque_on = false;
    story.Rest(10);
    EXPECT_EQ(story.Found(), late_ms < 1000 ? "" : "TORQUE_LOST");
  }
}

TEST(JudgeWorldTest, LetsAWheelBeSwitchedOffWhoseNeighbourJabbers) {
  for (const double rate : {0.5, 0.0}) {
    Story story;
    story.Roll();
    story.Tell(WorldDid{.joint = S::kPan, .what = "corrupt-answers", .value = rate});
    story.Rest(100, story.Streaming(S::kWheel, 3));
    story.shaft(S::kWheel).torque_on = false;
    story.Rest(10);
    EXPECT_EQ(story.Found(), rate > 0 ? "" : "TORQUE_LOST");
  }
}

TEST(JudgeWorldTest, AsksOfALowSupplyOnlyWhatItGives) {
  for (const double volts : {7.4, 12.0}) {
    Story story;
    story.Drive(0.5);
    story.SetMode(0, ModeName::kHold);
    story.Tell(WorldDid{.all_joints = true, .what = "supply", .value = volts});
    story.Rest(1500);
    story.Tell(WorldDid{.joint = S::kPan, .what = "load", .value = 1.5});
    story.Glide(S::kPan, 0.2, 1);
    story.Rest(2500);
    EXPECT_EQ(story.Found(), volts < 12 ? "" : "MOVES_UNCOMMANDED");
  }
}

TEST(JudgeWorldTest, AsksNoPlaceOfAServoThatAnotherProgramHasMadeAWheel) {
  for (const bool still_is : {true, false}) {
    Story story;
    story.Drive(0.5);
    story.SetMode(0, ModeName::kHold);
    story.Tell(WorldDid{.joint = S::kPan, .what = "write-registers", .address = 33, .data = {1}});
    story.shaft(S::kPan).mode = 1;
    story.Rest(8000);
    if (!still_is) story.shaft(S::kPan).mode = 0;
    story.Rest(1500);
    story.Glide(S::kPan, 0.7, 0.3);
    EXPECT_EQ(story.Found(), still_is ? "" : "DOES_NOT_STOP MOVES_UNCOMMANDED");
  }
}

TEST(JudgeWorldTest, FindsAServoThatGoesOnTurningInAnotherMode) {
  for (const double way : {0.1, 0.4}) {
    Story story;
    story.Drive(0.5);
    story.SetMode(0, ModeName::kHold);
    story.Tell(WorldDid{.joint = S::kPan, .what = "write-registers", .address = 33, .data = {1}});
    story.shaft(S::kPan).mode = 1;
    story.Rest(8000);
    story.Glide(S::kPan, 0.5 + way, 0.5);
    story.Rest(500);
    EXPECT_EQ(story.Found(), way < 0.2 ? "" : "RUNS_IN_OTHER_MODE");
  }
}

TEST(JudgeWorldTest, FindsAJointThatIsNeverPreparedUnlessItIsSaidWhy) {
  enum class Why { kNone, kSaid, kLate, kMute, kWritten };
  for (const Why why : {Why::kNone, Why::kSaid, Why::kLate, Why::kMute, Why::kWritten}) {
    Story story;
    story.Drive(0.5);
    story.Stop();
    story.Rest(1500);
    if (why == Why::kMute) story.Tell(WorldDid{.joint = S::kPan, .what = "mute", .value = 1});
    if (why == Why::kWritten) {
      story.Tell(
          WorldDid{.joint = S::kPan, .what = "write-registers", .address = 11, .data = {9, 0}});
    }
    story.lie = [why](StateSeen& seen) {
      seen.joints[S::kPan].fault_names = {"UNPREPARED"};
      seen.joints[S::kPan].stale = why == Why::kMute;
      if (why == Why::kSaid) seen.joints[S::kPan].fault_names.emplace_back("UNCALIBRATED");
    };
    story.Rest(why == Why::kLate ? 3400 : 12'000);
    EXPECT_EQ(story.Found(), why == Why::kNone ? "STAYS_UNPREPARED" : "") << static_cast<int>(why);
  }
}

TEST(JudgeWorldTest, ExcusesTheWorldInSizeAndTime) {
  for (const double way : {0.1, 0.4}) {
    Story story;
    story.Drive(0.5);
    story.SetMode(0, ModeName::kHold);
    story.Rest(1500);
    story.Tell(WorldDid{.joint = S::kPan, .what = "load", .value = 1.0});
    story.Glide(S::kPan, 0.5 - way, 1);
    story.Rest(2500);
    EXPECT_EQ(story.Found(), way > 0.3 ? "MOVES_UNCOMMANDED" : "") << way;
  }
}

}  // namespace
}  // namespace soarm::adversary
