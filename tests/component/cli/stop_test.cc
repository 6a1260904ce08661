#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/component/cli/fake_daemon.h"
#include "tests/component/cli/run_cli.h"

namespace soarm::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(StopCommandTest, TheStopSocketIsTriedFirstAndIsEnough) {
  FakeDaemon daemon;
  daemon.OpenStopSocket("ok stop-7");
  const Outcome outcome = RunCli(
      {"stop", "--level", "soft-hold", "--reason", "it smells", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("stop-7"));
  EXPECT_THAT(daemon.stop_messages(), ElementsAre("soft-hold it smells"));
  EXPECT_THAT(daemon.calls(), IsEmpty());
}

TEST(StopCommandTest, WithoutAStopSocketTheCallIsMade) {
  FakeDaemon daemon;
  const Outcome outcome =
      RunCli({"stop", "--level", "release", "--json", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("\"stop_id\": \"rpc-1\""));
  EXPECT_EQ(daemon.last_stop().level(), v1::StopRequest::RELEASE);
  EXPECT_THAT(daemon.calls(), ElementsAre("Stop")) << "a stop takes no lease";
}

TEST(StopCommandTest, ASilentStopSocketDoesNotKeepTheCallFromBeingMade) {
  FakeDaemon daemon;
  daemon.OpenStopSocket("");
  const Outcome outcome = RunCli({"stop", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(daemon.stop_messages(), ElementsAre("hold soarm stop"));
  EXPECT_THAT(daemon.calls(), Contains("Stop"));
}

TEST(StopCommandTest, UnderstandsWhatPeopleInAHurryType) {
  FakeDaemon daemon;
  daemon.OpenStopSocket("ok 7\nlevel HOLD");
  const std::vector<std::pair<std::vector<std::string>, std::string>> typed = {
      {{"stop", "now"}, "hold soarm stop"},
      {{"stop", "--level", "HOLD"}, "hold soarm stop"},
      {{"stop", "--level", "soft_hold"}, "soft-hold soarm stop"},
      {{"stop", "--level", "Release"}, "release soarm stop"},
      {{"stop", "release"}, "release soarm stop"}};
  for (auto [arguments, message] : typed) {
    arguments.insert(arguments.end(), {"--server", daemon.address()});
    const Outcome outcome = RunCli(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(daemon.stop_messages().back(), message);
  }
}

TEST(StopCommandTest, WhatItDoesNotUnderstandHoldsEverythingAndSaysSo) {
  FakeDaemon daemon;
  daemon.OpenStopSocket("ok 7\nlevel HOLD");
  const std::vector<std::vector<std::string>> typed = {
      {"stop", "--level", "hard"},
      {"stop", "arm"},
      {"stop", "--levle", "release"},
      {"stop", "--level", "release", "hold", "base"},
      {"stop", "--level"},
      {"stop", "--reason"},
      {"stop", "--reason", "--level", "release"},
      {"STOP"},
      {"Stop", "--level", "release"},
      {"stop", "clear"}};
  std::size_t stops = 0;
  for (auto arguments : typed) {
    arguments.insert(arguments.begin(), {"--server", daemon.address()});
    const Outcome outcome = RunCli(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.out;
    EXPECT_THAT(outcome.err, HasSubstr("everything holds"));
    ASSERT_EQ(daemon.stop_messages().size(), ++stops) << outcome.err;
    EXPECT_EQ(daemon.stop_messages().back(), "hold soarm stop");
  }
  EXPECT_EQ(RunCli({"stop", "--help"}).exit_code, 0);
  EXPECT_EQ(daemon.stop_messages().size(), stops) << "who asks for help stops nothing";
}

TEST(StopCommandTest, AWordThatIsNearlyStopStopsNothingAndSaysWhatToType) {
  FakeDaemon daemon;
  daemon.OpenStopSocket("ok 7\nlevel HOLD");
  for (const char* typed : {"sotp", "sstop", "sto", "Stob", "tsop", "atop"}) {
    const Outcome outcome = RunCli({"--server", daemon.address(), typed});
    EXPECT_EQ(outcome.exit_code, 2) << typed;
    EXPECT_THAT(outcome.err, HasSubstr("Did you mean: soarm stop")) << typed;
  }
  for (const char* typed : {"start", "clean", "stoppen"}) {
    EXPECT_EQ(RunCli({typed}).exit_code, 2);
    EXPECT_THAT(RunCli({typed}).err, testing::Not(HasSubstr("soarm stop"))) << typed;
  }
  EXPECT_THAT(daemon.stop_messages(), IsEmpty());
}

TEST(StopCommandTest, AReasonInAnyEncodingStops) {
  FakeDaemon daemon;
  const Outcome outcome =
      RunCli({"stop", "--reason", "caf\xe9\x1b[2J", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(daemon.last_stop().reason(), "caf??[2J");
}

TEST(StopCommandTest, NamesTheServosThatWereNotReachedAndTheSupply) {
  FakeDaemon daemon;
  daemon.OpenStopSocket(
      "ok 7\nlevel HOLD\nnot-reached base/left_wheel\nnot-reached base/back_wheel");
  const Outcome outcome = RunCli({"stop", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("base/left_wheel, base/back_wheel"));
  EXPECT_THAT(outcome.err, HasSubstr("supply"));
  EXPECT_THAT(outcome.out, HasSubstr("stopped (hold): 7"));
}

TEST(StopCommandTest, AStopThatWasSentAndNotConfirmedIsSaidToBeJustThat) {
  FakeDaemon::Script script;
  script.hangs = true;
  FakeDaemon daemon(script);
  daemon.OpenStopSocket("");
  const Outcome outcome = RunCli({"stop", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_THAT(outcome.err, HasSubstr("not confirmed"));
}

TEST(StopCommandTest, WithNobodyThereItIsExit3) {
  FakeDaemon daemon;  // for its folder
  EXPECT_EQ(RunCli({"stop", "--server", "unix:" + daemon.folder() + "/no"}).exit_code, 3);
}

TEST(StopCommandTest, ClearNamesWhatItTookBack) {
  FakeDaemon daemon;
  EXPECT_EQ(RunCli({"clear", "--server", daemon.address()}).out, "cleared rpc-1\n");
  EXPECT_EQ(RunCli({"clear-fault", "gripper", "--server", daemon.address()}).exit_code, 0);
  EXPECT_THAT(daemon.calls(), Contains("ClearFault"));
}

}  // namespace
}  // namespace soarm::test
