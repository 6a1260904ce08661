// Each rule of the judge finds its lie, and leaves an honest story alone.

#include "tests/system/adversity/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/adversity/stop_book.h"

namespace soarm::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kMs = 1'000'000;

// One joint, whose limit is 3 rad/s, told from one instant to the next.
class Story {
 public:
  // Goes there evenly within `span_ms`, with or without torque.
  Story& Go(double angle_rad, int span_ms, bool torque_on = true) {
    const double from_rad = angle_rad_;
    for (int ms = 10; ms <= span_ms; ms += 10) {
      time_ns_ += 10 * kMs;
      angle_rad_ = from_rad + (angle_rad - from_rad) * ms / span_ms;
      sim::Truth& frame = frames_.emplace_back();
      frame.set_time_ns(time_ns_);
      sim::ServoTruth& servo = *frame.add_servos();
      servo.set_servo(1);
      servo.set_position_rad(angle_rad_);
      servo.set_torque_on(torque_on);
    }
    return *this;
  }
  Story& Stay(int span_ms, bool torque_on = true) { return Go(angle_rad_, span_ms, torque_on); }

  std::int64_t now_ns() const { return time_ns_; }
  Ledger ledger;
  std::vector<std::string> Verdict() const { return Judge({{1, 3.0}}).Look(frames_, ledger); }

 private:
  std::int64_t time_ns_ = 1000 * kMs;
  double angle_rad_ = 0;
  std::vector<sim::Truth> frames_;
};

TEST(SystemJudgeTest, AllowsWhatAClientDrivesUntilItIsGone) {
  Story story;
  story.Stay(3000).ledger.drives.Open(story.now_ns());
  story.Go(1.0, 500).Go(-1.0, 1000).ledger.drives.Close(story.now_ns());
  story.Go(-1.3, 300).Stay(4000);
  EXPECT_THAT(story.Verdict(), IsEmpty());
}

TEST(SystemJudgeTest, FindsAMotionThatNothingDrives) {
  Story story;
  story.Stay(4000).Go(0.05, 1000).Stay(1000);
  EXPECT_THAT(story.Verdict(), ElementsAre(HasSubstr("STAYS not")));
}

TEST(SystemJudgeTest, FindsAMotionUnderAStopAndInTheHandsOfADeadDaemon) {
  for (const bool stop : {true, false}) {
    Story story;
    story.ledger.drives.Open(story.now_ns());
    story.Go(1.0, 500);
    (stop ? story.ledger.stopped : story.ledger.dead).Open(story.now_ns());
    story.Stay(4000).Go(0.9, 1000).Stay(1000);
    EXPECT_THAT(story.Verdict(), ElementsAre(HasSubstr("STAYS not")));
  }
}

TEST(SystemJudgeTest, FindsAJointThatRunsOn) {
  Story story;
  story.ledger.drives.Open(story.now_ns());
  story.Go(0.5, 500).ledger.drives.Close(story.now_ns());
  story.Go(1.5, 1000).Stay(3000);
  EXPECT_THAT(story.Verdict(), ElementsAre(HasSubstr("RUNS ON")));
}

TEST(SystemJudgeTest, FindsAJointThatIsTooFast) {
  Story story;
  story.ledger.drives.Open(story.now_ns());
  story.Stay(1000).Go(2.5, 500).Stay(1000);
  EXPECT_THAT(story.Verdict(), ElementsAre(HasSubstr("FAST")));
}

TEST(SystemJudgeTest, LeavesALimpJointToFall) {
  Story story;
  story.Stay(4000, false).Go(1.5, 300, false).Stay(3000, false);
  EXPECT_THAT(story.Verdict(), IsEmpty());
}

TEST(SystemJudgeTest, FindsTorqueThatComesAndGoesByItself) {
  EXPECT_THAT(Story().Stay(4000, false).Stay(1000).Verdict(), ElementsAre(HasSubstr("came on")));
  EXPECT_THAT(Story().Stay(4000).Stay(1000, false).Verdict(), ElementsAre(HasSubstr("was lost")));
}

TEST(SystemJudgeTest, AllowsTorqueThatAClientTurnsOnAndOff) {
  Story story;
  story.Stay(4000, false).ledger.energises.Add(story.now_ns(), story.now_ns() + 100 * kMs);
  story.Stay(5000).ledger.releases.Add(story.now_ns(), story.now_ns() + 100 * kMs);
  story.Stay(1000, false);
  EXPECT_THAT(story.Verdict(), IsEmpty());
}

TEST(SystemJudgeTest, LetsAFailedEnableTakeBackWhatItGaveAndNothingElse) {
  Story failed;
  failed.Stay(4000, false).ledger.energises.Open(failed.now_ns());
  failed.Stay(500).Stay(1000, false);
  EXPECT_THAT(failed.Verdict(), IsEmpty());
  Story robbed;
  robbed.Stay(9000).ledger.energises.Open(robbed.now_ns());
  robbed.Stay(500).Stay(1000, false);
  EXPECT_THAT(robbed.Verdict(), ElementsAre(HasSubstr("was lost")));
}

v1::SafetyState Stops(std::initializer_list<const char*> ids) {
  v1::SafetyState safety;
  for (const char* id : ids) safety.add_stops()->set_stop_id(id);
  return safety;
}

TEST(StopBookTest, FindsAKeptStopThatIsForgottenAndOneThatNobodyAsserted) {
  StopBook book;
  book.Take(Stops({"1"}), true);
  EXPECT_THAT(book.NextLife(Stops({"2"})),
              ElementsAre(HasSubstr("stop 2 stands"), HasSubstr("stop 1 is forgotten")));
}

TEST(StopBookTest, ForgivesWhatCouldNotBeWritten) {
  StopBook book;
  book.Take(Stops({"1"}), false);
  EXPECT_THAT(book.NextLife(Stops({})), IsEmpty());
  book.Take(Stops({"2"}), true);
  book.Cleared("2", false);
  EXPECT_THAT(book.NextLife(Stops({"2"})), IsEmpty()) << "the disk did not know of that yet";
}

TEST(StopBookTest, FindsAClearedStopThatComesBack) {
  StopBook book;
  book.Take(Stops({"1", "2"}), true);
  book.Cleared("1", true);
  EXPECT_THAT(book.NextLife(Stops({"1", "2"})), ElementsAre(HasSubstr("stop 1 stands")));
}

TEST(StopBookTest, FindsAStopThatALivingDaemonLost) {
  StopBook book;
  book.Take(Stops({"1"}), false);
  EXPECT_THAT(book.SameLife(Stops({"1"})), IsEmpty());
  EXPECT_THAT(book.SameLife(Stops({})), ElementsAre(HasSubstr("stop 1 is gone")));
  EXPECT_THAT(book.SameLife(Stops({"1", "2"})), ElementsAre(HasSubstr("more stops")));
}

}  // namespace
}  // namespace soarm::test
