#include "tests/adversary/stage/stage.h"

#include <gtest/gtest.h>

#include "tests/adversary/play/generate.h"
#include "tests/adversary/play/trace.h"
#include "tests/adversary/program/run.h"

namespace soarm::adversary {
namespace {

std::uint64_t RecordOf(const Script& script) {
  HashingAudience hash;
  Stage stage(script.setting, hash);
  EXPECT_TRUE(stage.Play(script.actions));
  return hash.hash();
}

PlayWish Wish(int seconds, const std::string& robot = {}) {
  PlayWish wish;
  wish.length = seconds * Time{1'000'000'000};
  wish.robot = robot;
  return wish;
}

Script Parsed(std::string_view text) {
  const auto script = ParseScript(text);
  EXPECT_TRUE(script.ok()) << script.status();
  return script.value_or(Script());
}

// Keeps what a test asks for.
class Keeper final : public Audience {
 public:
  void Begin(const SceneFacts&) override {}
  void On(const Event& event) override {
    EXPECT_GE(event.at, last_);
    last_ = event.at;
    if (const auto* written = std::get_if<WrittenByHost>(&event.what)) {
      if (written->address == 42 && written->data.size() >= 2) goals.push_back(event.at);
    } else if (const auto* answered = std::get_if<CallAnswered>(&event.what)) {
      answers.push_back(*answered);
    } else if (const auto* process = std::get_if<ProcessDid>(&event.what)) {
      if (process->fate == ProcessFate::kKilled) killed = event.at;
      if (process->fate == ProcessFate::kEndedDone) confirmed = process->confirmed;
    } else if (std::holds_alternative<VerdictSeen>(event.what)) {
      last_verdict = event.at;
    } else if (const auto* did = std::get_if<WorldDid>(&event.what)) {
      if (did->what == "write-registers") written_joints.push_back(did->joint);
    } else if (const auto* state = std::get_if<StateSeen>(&event.what)) {
      state_times.push_back(event.at);
      stale.clear();
      for (const JointSays& joint : state->joints) stale.push_back(joint.stale);
      mode = state->groups[0].mode;
      cause = state->groups[0].cause;
    }
  }
  void On(const TruthFrame& frame) override {
    EXPECT_GE(frame.at, last_);
    last_ = frame.at;
    ++frames;
    truth = frame;
  }
  void End(Time) override {}

  std::vector<Time> goals;
  std::vector<CallAnswered> answers;
  std::vector<Time> state_times;
  std::vector<std::size_t> written_joints;  // by another program
  std::vector<bool> stale;
  Time last_verdict = 0;
  Time killed = 0;
  bool confirmed = false;
  ModeName mode = ModeName::kUnknown;
  std::string cause;
  int frames = 0;
  TruthFrame truth;

 private:
  Time last_ = 0;
};

void PlayFor(Keeper& keeper, std::string_view text) {
  const Script script = Parsed(text);
  Stage stage(script.setting, keeper);
  EXPECT_TRUE(stage.Play(script.actions));
}

TEST(StageTest, TheSameSeedGivesTheSameRecord) {
  for (const std::string& robot : RobotNames()) {
    const Script script = MakePlay(11, Wish(6, robot));
    EXPECT_EQ(RecordOf(script), RecordOf(script)) << robot;
  }
}

TEST(StageTest, APrintedScriptGivesTheSameRecord) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const Script script = MakePlay(seed, Wish(6));
    EXPECT_EQ(RecordOf(script), RecordOf(Parsed(PrintScript(script)))) << seed;
  }
}

TEST(StageTest, AnotherSeedGivesAnotherRecord) {
  Script script = MakePlay(1, Wish(3));
  const std::uint64_t first = RecordOf(script);
  ++script.setting.seed;
  EXPECT_NE(RecordOf(script), first);
}

TEST(StageTest, AnHonestClientDrivesTheArm) {
  Keeper keeper;
  PlayFor(keeper,
          "play robot=so101 seed=7 length=4s\n"
          "t=0.5s client 1 acquire groups=arm ttl=2s renew=0.5s\n"
          "t=0.6s client 1 enable group=arm\n"
          "t=1.5s client 1 move group=arm shoulder_pan=0.5 scale=1\n");
  ASSERT_EQ(keeper.answers.size(), 2U);
  EXPECT_TRUE(keeper.answers[0].ok) << keeper.answers[0].reason;
  EXPECT_TRUE(keeper.answers[1].ok) << keeper.answers[1].reason;
  EXPECT_NEAR(keeper.truth.shafts[0].angle_rad, 0.5, 0.02);
  EXPECT_EQ(keeper.frames, 4001);  // both ends included
}

constexpr char kDriven[] =
    "play robot=so101 seed=7 length=4s\n"
    "t=0.5s client 1 acquire groups=arm ttl=2s renew=0.5s\n"
    "t=0.6s client 1 enable group=arm\n"
    "t=1.5s client 1 stream group=arm shoulder_pan=-1~1/1s rate=100 ttl=200ms for=5s\n";

TEST(StageTest, AKilledDaemonWritesNothingMore) {
  Keeper keeper;
  PlayFor(keeper, std::string(kDriven) + "t=2.00123s process kill\n");
  ASSERT_GT(keeper.goals.size(), 50U);
  EXPECT_GT(keeper.killed, 0);
  EXPECT_LE(keeper.goals.back(), keeper.killed + 2'000'000);  // what was on the wire already
  EXPECT_LE(keeper.state_times.back(), keeper.killed);
}

TEST(StageTest, ARestartedDaemonAdoptsTheArm) {
  Keeper keeper;
  PlayFor(keeper, std::string(kDriven) + "t=2s process kill\nt=2.1s process start\n");
  EXPECT_EQ(keeper.mode, ModeName::kHold);
  EXPECT_TRUE(keeper.truth.shafts[0].torque_on);
}

TEST(StageTest, AnOrderlyEndReachesItsState) {
  Keeper keeper;
  PlayFor(keeper, std::string(kDriven) + "t=2s process end state=limp\n");
  EXPECT_TRUE(keeper.confirmed);
  EXPECT_FALSE(keeper.truth.shafts[0].torque_on);
}

TEST(StageTest, AFrozenDaemonTicksNotAndIsCalledAfterwards) {
  Keeper keeper;
  PlayFor(keeper,
          std::string(kDriven) + "t=2s process freeze span=1s\nt=2.5s client 2 stop level=hold\n");
  for (const Time at : keeper.state_times) {
    EXPECT_TRUE(at <= 2'010'000'000 || at >= 3'000'000'000) << at;
  }
  EXPECT_EQ(keeper.cause, "STOPPED");
}

TEST(StageTest, AFreezeDiesWithItsProcess) {
  Keeper keeper;
  PlayFor(keeper, std::string(kDriven) +
                      "t=2s process freeze span=30s\nt=2.1s process kill\nt=2.2s process start\n"
                      "t=3s client 2 stream group=arm shoulder_pan=0 for=0.5s\n");
  EXPECT_GT(keeper.state_times.back(), 3'900'000'000);
  EXPECT_GT(keeper.last_verdict, 3'400'000'000);  // of the new daemon, which serves its clients
}

TEST(StageTest, NothingBefallsAProcessWhileItsMachineSleeps) {
  Keeper keeper;
  PlayFor(keeper, std::string(kDriven) +
                      "t=2s process suspend span=1s\nt=2.1s process kill\nt=2.2s process start\n");
  EXPECT_EQ(keeper.killed, 3'000'000'000);
  EXPECT_GT(keeper.state_times.back(), 3'900'000'000);
}

TEST(StageTest, AnotherProgramIsHeardOnlyByServosThatListen) {
  Keeper keeper;
  PlayFor(keeper,
          "play robot=so101 seed=7 length=1s\n"
          "t=0.1s world unplug bus=0\n"
          "t=0.2s world detach joint=arm/shoulder_lift\n"
          "t=0.2s world power-cycle joint=arm/elbow_flex\n"
          "t=0.2s world write joint=all bus=0 address=48 data=9,0\n");
  EXPECT_EQ(keeper.written_joints, (std::vector<std::size_t>{0, 3, 4, 5}));
  EXPECT_EQ(keeper.truth.shafts[0].torque_limit, 9);
  EXPECT_NE(keeper.truth.shafts[2].torque_limit, 9);
}

TEST(StageTest, NoSecondServoComesOntoTheBus) {
  Keeper keeper;
  PlayFor(keeper,
          "play robot=so101 seed=7 length=3s\n"
          "t=0.1s world attach joint=arm/gripper\n"
          "t=0.2s world detach joint=arm/gripper\n");
  EXPECT_FALSE(keeper.truth.shafts[5].attached);
  EXPECT_TRUE(keeper.stale[5]);
}

TEST(StageTest, ASuspendEndsLeases) {
  Keeper keeper;
  PlayFor(keeper, std::string(kDriven) + "t=2s process suspend span=500ms\n");
  EXPECT_NE(keeper.mode, ModeName::kFollow);
}

TEST(StageTest, WhatWasStampedBeforeASuspendIsToldAtItsOwnTime) {
  Timeline timeline(1'000);
  ProcessClock clock(timeline, 1);
  const MonoTime before = clock.Now();
  timeline.WaitUntil(5'000);
  clock.Suspend(6'000);
  clock.Suspend(4'000);
  timeline.WaitUntil(20'000);
  EXPECT_EQ(clock.ToStage(before), 1'000);
  EXPECT_EQ(clock.ToStage(clock.Now()), 20'000);
  EXPECT_EQ(clock.Now() - before, Nanos(9'000));
}

TEST(StageTest, TwoBusesTickSideBySide) {
  Keeper keeper;
  PlayFor(keeper, "play robot=two_arms rate=max seed=7 length=1s\n");
  // Each needs some 2.5 ms for a tick of its own; one after the other it would be half of this.
  EXPECT_GT(keeper.state_times.size(), 500U);
}

TEST(StageTest, APulledPlugIsSeenAndForgotten) {
  Keeper keeper;
  PlayFor(keeper, std::string(kDriven) + "t=2s world unplug bus=0\nt=2.5s world replug bus=0\n");
  EXPECT_EQ(keeper.mode, ModeName::kHold);
}

TEST(PlayTest, BreaksNoPromise) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const Script script = MakePlay(seed, Wish(10));
    const PlayResult result = RunPlay(script);
    EXPECT_TRUE(result.understood) << PrintScript(script);
    for (const Violation& violation : result.violations) {
      ADD_FAILURE() << "seed " << seed << " at " << violation.at << ": " << violation.rule << ": "
                    << violation.what;
    }
  }
}

}  // namespace
}  // namespace soarm::adversary
