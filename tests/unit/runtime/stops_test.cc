#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "server/runtime/robot_runtime.h"
#include "tests/fakes/memory_stop_store.h"
#include "tests/unit/runtime/live_runtime.h"

namespace soarm {
namespace {

using namespace std::chrono_literals;

StopReport ReportOfStop(RobotRuntime& robot, const std::vector<std::string>& groups = {}) {
  std::promise<StopReport> promise;
  robot.WatchStop(groups, [&](const StopReport& report) { promise.set_value(report); });
  return promise.get_future().get();
}

StopReport ReportOf(SteppedRuntime& stepped) {
  std::optional<StopReport> report;
  stepped.robot->WatchStop({}, [&](const StopReport& got) { report = got; });
  for (int i = 0; i < 100 && !report; ++i) stepped.Step(1);
  EXPECT_TRUE(report);
  return report.value_or(StopReport());
}

ClearReport Cleared(RobotRuntime& robot, std::string_view id = "") {
  std::promise<ClearReport> promise;
  const absl::Status begun =
      robot.ClearStop(id, [&](const ClearReport& report) { promise.set_value(report); });
  EXPECT_TRUE(begun.ok()) << begun;
  return promise.get_future().get();
}

TEST(StopsTest, OutliveTheDaemonUnderTheirIds) {
  MemoryStopStore store;
  std::string id;
  {
    LiveRuntime live("so101", &store);
    live.Start();
    id = live.robot->Stop({}, StopLevel::kHold, "smoke\x1b[2J", "rpc").id;
    EXPECT_TRUE(ReportOfStop(*live.robot).kept.ok());
    EXPECT_EQ(store.kept().stops.size(), 1u);
  }
  LiveRuntime again("so101", &store);
  ASSERT_EQ(again.robot->Stops().size(), 1u) << "before the first tick";
  EXPECT_EQ(again.robot->Stops()[0].id, id);
  EXPECT_EQ(again.robot->Stops()[0].reason, "smoke?[2J");
  EXPECT_EQ(again.robot->Stops()[0].level, StopLevel::kHold);
  again.Start();
  EXPECT_EQ(Cleared(*again.robot).cleared, std::vector<std::string>{id});
  again.robot->Stop(control::EndState::kHold, 30s);
  EXPECT_TRUE(store.kept().stops.empty());
  LiveRuntime third("so101", &store);
  EXPECT_TRUE(third.robot->Stops().empty());
  EXPECT_NE(third.robot->Stop({}, StopLevel::kHold, "", "rpc").id, id);
}

TEST(StopsTest, AFileThatCannotBeReadIsAHoldForEverythingWithThatReason) {
  MemoryStopStore store;
  store.load_error = absl::FailedPreconditionError("line 3: not TOML");
  LiveRuntime live("lekiwi", &store);
  ASSERT_EQ(live.robot->Stops().size(), 1u);
  const StopAssertion stop = live.robot->Stops()[0];
  EXPECT_EQ(stop.level, StopLevel::kHold);
  EXPECT_TRUE(stop.groups.empty()) << "all";
  EXPECT_EQ(stop.reason, "line 3: not TOML");
  EXPECT_EQ(stop.source, "state file");
}

TEST(StopsTest, TextsOfTheFileAreCleanedBeforeTheyAreWrittenAgain) {
  MemoryStopStore store;
  KeptStops kept;
  kept.stops.push_back({3, StopLevel::kHold, {}, "by\x1bhand", std::string(1000, 'x') + "\n", {}});
  ASSERT_TRUE(store.Save(kept).ok());
  LiveRuntime live("so101", &store);
  ASSERT_EQ(store.kept().stops.size(), 1u);
  EXPECT_EQ(store.kept().stops[0].source, "by?hand");
  EXPECT_EQ(store.kept().stops[0].reason.find('\n'), std::string::npos);
  EXPECT_LE(store.kept().stops[0].reason.size(), 260u);
}

TEST(StopsTest, AGroupThatIsNotHereAnyMoreHoldsEverything) {
  MemoryStopStore store;
  KeptStops kept;
  kept.last_id = 3;
  kept.stops.push_back({3, StopLevel::kRelease, {"head"}, "rpc", "hot", {}});
  ASSERT_TRUE(store.Save(kept).ok());
  LiveRuntime live("so101", &store);
  ASSERT_EQ(live.robot->Stops().size(), 1u);
  EXPECT_EQ(live.robot->Stops()[0].level, StopLevel::kHold);
}

TEST(StopsTest, AStopThatCannotBeKeptIsInForceAllTheSame) {
  MemoryStopStore store;
  store.save_error = absl::UnavailableError("the disk is full");
  LiveRuntime live("so101", &store);
  live.Start();
  live.robot->Stop({}, StopLevel::kHold, "", "rpc");
  EXPECT_EQ(ReportOfStop(*live.robot).kept.message(), "the disk is full");
  EXPECT_EQ(live.robot->StopsKept().message(), "the disk is full");
  EXPECT_EQ(live.robot->Stops().size(), 1u);
}

TEST(StopsTest, WhetherTheyCanBeKeptIsKnownFromTheStart) {
  MemoryStopStore store;
  store.save_error = absl::UnavailableError("the disk is full");
  LiveRuntime live("so101", &store);
  EXPECT_EQ(live.robot->StopsKept().message(), "the disk is full");
  EXPECT_TRUE(live.robot->Stops().empty());
}

TEST(StopsTest, TheStartThatCouldNotBeKeptIsTriedAgain) {
  MemoryStopStore store;
  store.save_error = absl::UnavailableError("the disk is full");
  SteppedRuntime stepped(&store);
  EXPECT_FALSE(stepped.robot->StopsKept().ok());
  store.save_error = absl::OkStatus();
  stepped.clock.Advance(2s);
  stepped.robot->StepCallbacks();
  EXPECT_TRUE(stepped.robot->StopsKept().ok());
  EXPECT_EQ(store.saves(), 2);
}

TEST(StopsTest, WhatSomebodyRemovedIsWrittenAgain) {
  MemoryStopStore store;
  SteppedRuntime stepped(&store);
  stepped.robot->Stop({}, StopLevel::kHold, "", "rpc");
  stepped.Step(2);
  ASSERT_EQ(store.saves(), 2);
  store.lost = true;
  store.save_error = absl::FailedPreconditionError("another daemon has it");
  stepped.Step(1);
  EXPECT_EQ(store.saves(), 3);
  stepped.robot->Stop({}, StopLevel::kHold, "", "rpc");
  EXPECT_EQ(ReportOf(stepped).kept.message(), "another daemon has it")
      << "of a stop of before, too";
}

TEST(StopsTest, AnIdIsNeverGivenAgainKeptOrNot) {
  MemoryStopStore store;
  std::set<std::string> ids;
  const auto stop_once = [&](const absl::Status& at_start, const absl::Status& later) {
    store.save_error = at_start;
    LiveRuntime live("so101", &store);
    Cleared(*live.robot);
    store.save_error = later;
    return ids.insert(live.robot->Stop({}, StopLevel::kHold, "", "rpc").id).second;
  };
  const absl::Status good;
  const absl::Status full = absl::UnavailableError("the disk is full");
  EXPECT_TRUE(stop_once(full, full)) << "with a directory that was never written";
  EXPECT_TRUE(stop_once(full, full));
  EXPECT_TRUE(stop_once(good, full)) << "lost after the start";
  EXPECT_TRUE(stop_once(good, full));
  EXPECT_TRUE(stop_once(full, full)) << "with a file that stays as it is";
  EXPECT_TRUE(stop_once(full, full));
  store.load_error = absl::FailedPreconditionError("line 3: not TOML");
  EXPECT_TRUE(stop_once(full, full));
  EXPECT_TRUE(stop_once(full, full));
}

TEST(StopsTest, AClearIsAnsweredOnceTheDiskHasForgottenTheStop) {
  MemoryStopStore store;
  LiveRuntime live("so101", &store);
  live.Start();
  live.robot->Stop({}, StopLevel::kRelease, "", "rpc");
  ReportOfStop(*live.robot);
  std::size_t kept = 99;
  std::promise<ClearReport> answer;
  ASSERT_TRUE(live.robot
                  ->ClearStop("",
                              [&](const ClearReport& report) {
                                kept = store.kept().stops.size();
                                answer.set_value(report);
                              })
                  .ok());
  EXPECT_TRUE(answer.get_future().get().kept.ok());
  EXPECT_EQ(kept, 0u);
}

TEST(StopsTest, AStopStandsUntilTheDiskHasForgottenItAndNoOtherJoinsIt) {
  MemoryStopStore store;
  SteppedRuntime stepped(&store);
  const std::string first = stepped.robot->Stop({}, StopLevel::kRelease, "", "rpc").id;
  stepped.Step(1);
  std::size_t stood = 0;
  std::string second;
  store.on_save = [&] {
    stood = stepped.robot->Stops().size();
    second = stepped.robot->Stop({}, StopLevel::kRelease, "", "rpc").id;
  };
  EXPECT_EQ(Cleared(*stepped.robot, first).cleared, std::vector<std::string>{first});
  EXPECT_EQ(stood, 1u);
  EXPECT_NE(second, first);
  ASSERT_EQ(stepped.robot->Stops().size(), 1u);
  EXPECT_EQ(stepped.robot->Stops()[0].id, second);
}

TEST(StopsTest, AClearedStopDoesNotComeBackThoughTheDiskIsFull) {
  MemoryStopStore store;
  std::string id;
  {
    SteppedRuntime stepped(&store);
    id = stepped.robot->Stop({}, StopLevel::kRelease, "", "rpc").id;
    stepped.Step(1);
    store.save_error = absl::UnavailableError("the disk is full");
    EXPECT_TRUE(Cleared(*stepped.robot).kept.ok());
    EXPECT_EQ(stepped.robot->StopsKept().message(), "the disk is full");
  }
  SteppedRuntime again(&store);
  EXPECT_TRUE(again.robot->Stops().empty());
  EXPECT_NE(again.robot->Stop({}, StopLevel::kHold, "", "rpc").id, id);
}

TEST(StopsTest, WhereAnotherOneStandsThatCannotBeWrittenEverythingHoldsAfterwards) {
  MemoryStopStore store;
  std::string arm;
  {
    SteppedRuntime stepped(&store);
    const std::string release = stepped.robot->Stop({}, StopLevel::kRelease, "", "rpc").id;
    arm = stepped.robot->Stop({"arm"}, StopLevel::kSoftHold, "", "rpc").id;
    stepped.Step(1);
    store.save_error = absl::UnavailableError("the disk is full");
    EXPECT_EQ(Cleared(*stepped.robot, release).kept.message(), "the disk is full");
  }
  {
    SteppedRuntime again(&store);
    ASSERT_EQ(again.robot->Stops().size(), 1u);
    EXPECT_EQ(again.robot->Stops()[0].level, StopLevel::kHold);
    EXPECT_TRUE(again.robot->Stops()[0].groups.empty()) << "all";
    EXPECT_TRUE(Cleared(*again.robot).kept.ok());
  }
  store.load_error = absl::OkStatus();  // what the withdrawal set
  EXPECT_TRUE(SteppedRuntime(&store).robot->Stops().empty());
}

TEST(StopsTest, AClearThatTheDiskDoesNotTakeSaysSo) {
  MemoryStopStore store;
  SteppedRuntime stepped(&store);
  stepped.robot->Stop({}, StopLevel::kHold, "", "rpc");
  stepped.Step(1);
  store.save_error = store.withdraw_error = absl::UnavailableError("read-only");
  EXPECT_EQ(Cleared(*stepped.robot).kept.message(), "read-only");
  EXPECT_TRUE(stepped.robot->Stops().empty()) << "it is cleared all the same";
}

TEST(StopsTest, AStopThatNeverCameToTheDiskIsClearedWithoutIt) {
  MemoryStopStore store;
  SteppedRuntime stepped(&store);
  store.save_error = store.withdraw_error = absl::UnavailableError("the disk is full");
  stepped.robot->Stop({}, StopLevel::kHold, "", "rpc");
  stepped.Step(1);
  EXPECT_TRUE(Cleared(*stepped.robot).kept.ok());
}

TEST(StopsTest, ADiskThatHangsHoldsUpNoClearForLong) {
  MemoryStopStore store;
  LiveRuntime live("so101", &store);
  live.Start();
  live.robot->Stop({}, StopLevel::kHold, "", "rpc");
  ReportOfStop(*live.robot);
  std::promise<void> disk_goes_on;
  store.on_save = [&] { disk_goes_on.get_future().wait(); };
  EXPECT_TRUE(live.robot->StopsKept().ok());
  EXPECT_EQ(ProblemOf(Cleared(*live.robot).kept).reason, "NOT_SAVED");
  EXPECT_TRUE(live.robot->Stops().empty());
  EXPECT_EQ(ProblemOf(live.robot->StopsKept()).reason, "NOT_SAVED");
  disk_goes_on.set_value();
}

// The daemon answers calls before it looks for hardware.
TEST(StopsTest, ADiskThatHangsHoldsUpNoCallBeforeTheStart) {
  MemoryStopStore store;
  std::promise<void> writes;
  std::promise<void> answers;
  std::once_flag first;
  LiveRuntime live("so101", &store);  // ends before them: its thread writes to the end
  store.on_save = [&, answered = answers.get_future().share()] {
    std::call_once(first, [&] { writes.set_value(); });
    answered.wait();
  };
  live.robot->StartKeeping();
  live.robot->Stop({}, StopLevel::kHold, "", "rpc");
  writes.get_future().wait();
  ASSERT_TRUE(live.robot->ClearStop("", [](const ClearReport&) {}).ok()) << "comes back at all";
  EXPECT_EQ(live.robot->Stops().size(), 1u) << "it stands until the disk has forgotten it";
  answers.set_value();
}

TEST(StopsTest, ADiskThatHangsHoldsUpTheEndForNoLongerThanItsPatience) {
  MemoryStopStore store;
  LiveRuntime live("so101", &store);
  live.Start();
  std::promise<void> disk_goes_on;
  std::promise<void> writing;
  store.on_save = [&] {
    writing.set_value();
    disk_goes_on.get_future().wait();
  };
  live.robot->Stop({}, StopLevel::kHold, "", "rpc");
  writing.get_future().wait();
  EXPECT_TRUE(live.robot->Stop(control::EndState::kHold, 30s, 0s)) << "the robot's end is done";
  EXPECT_TRUE(live.robot->disk_hangs());
  disk_goes_on.set_value();
}

TEST(StopsTest, NoNumberOfStopsThatWereNotKeptMakesTheNextLifeGiveTheirIdsAgain) {
  MemoryStopStore store;
  std::set<std::string> ids;
  {
    SteppedRuntime stepped(&store);
    store.save_error = absl::UnavailableError("the disk is full");
    for (int i = 0; i < 2500; ++i) {
      EXPECT_TRUE(ids.insert(stepped.robot->Stop({}, StopLevel::kHold, "", "rpc").id).second);
      Cleared(*stepped.robot);
    }
    store.save_error = absl::OkStatus();
  }
  SteppedRuntime again(&store);
  for (int i = 0; i < 2500; ++i) {
    EXPECT_TRUE(ids.insert(again.robot->Stop({}, StopLevel::kHold, "", "rpc").id).second);
    Cleared(*again.robot);
  }
}

TEST(StopsTest, AGroupThatIsNotKnownIsNamedAndEverythingHoldsBesides) {
  LiveRuntime live("lekiwi");
  const StopAnswer answer = live.robot->Stop({"base", "tail"}, StopLevel::kRelease, "", "rpc");
  EXPECT_EQ(answer.unknown_groups, std::vector<std::string>{"tail"});
  const auto stops = live.robot->Stops();
  ASSERT_EQ(stops.size(), 2u);
  EXPECT_EQ(stops[0].id, answer.id);
  EXPECT_EQ(stops[0].level, StopLevel::kRelease);
  EXPECT_EQ(stops[0].groups, std::vector<std::string>{"base"});
  EXPECT_EQ(stops[1].id, answer.held_id);
  EXPECT_EQ(stops[1].level, StopLevel::kHold);
  EXPECT_TRUE(stops[1].groups.empty());
  const StopAnswer only = live.robot->Stop({"tail"}, StopLevel::kRelease, "", "rpc");
  EXPECT_EQ(only.id, only.held_id);
}

TEST(StopsTest, AHealthyArmIsReached) {
  LiveRuntime live;
  live.Start();
  live.robot->Stop({}, StopLevel::kHold, "", "rpc");
  EXPECT_TRUE(ReportOfStop(*live.robot).not_reached.empty());
  EXPECT_TRUE(live.robot->Stop(control::EndState::kHold, 30s));
  EXPECT_TRUE(live.robot->not_reached().empty());
}

TEST(StopsTest, AReleaseNamesWhatIsUnderTorqueOnALeaderAsNothingIsWrittenToThat) {
  SteppedRuntime stepped(nullptr, "so101_leader");
  stepped.bus->joint(1).torque = true;
  stepped.Step(100);
  stepped.robot->Stop({}, StopLevel::kHold, "", "rpc");
  EXPECT_TRUE(ReportOf(stepped).not_reached.empty()) << "it stands";
  stepped.robot->Stop({}, StopLevel::kRelease, "", "rpc");
  EXPECT_EQ(ReportOf(stepped).not_reached, std::vector<std::string>{"leader/shoulder_lift"});
}

TEST(StopsTest, AServoThatIsSilentUnderTorqueIsNamedAfterATenthOfASecond) {
  SteppedRuntime stepped;
  stepped.robot->EnableTorque(stepped.arm(), stepped.lease,
                              [](const absl::Status& status) { EXPECT_TRUE(status.ok()); });
  stepped.Step(50);
  stepped.bus->joint(2).silent = true;
  const std::vector<std::string> elbow = {"arm/elbow_flex"};
  std::optional<StopReport> report;
  stepped.robot->Stop({"arm"}, StopLevel::kHold, "", "rpc");
  const MonoTime began = stepped.clock.Now();
  stepped.robot->WatchStop({"arm"}, [&](const StopReport& got) { report = got; });
  while (!report && stepped.clock.Now() - began < 1s) stepped.Step(1);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->not_reached, elbow);
  EXPECT_LE(stepped.clock.Now() - began, 110ms);

  stepped.robot->BeginStop(control::EndState::kHold, 2s);
  while (stepped.robot->StepBus(0)) {
  }
  EXPECT_FALSE(stepped.robot->Stop(control::EndState::kHold, 2s));
  EXPECT_EQ(stepped.robot->not_reached(), elbow);
}

}  // namespace
}  // namespace soarm
