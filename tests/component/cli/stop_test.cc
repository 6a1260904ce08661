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
      {"stop "},
      {"--version", "stop"},
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

// A computer whose usual places are the daemon's, and not this one's own.
client::Surroundings Around(const FakeDaemon& daemon, const std::string& variable = {}) {
  return {.server_variable = variable,
          .runtime_dir = {},
          .root = true,
          .system_socket = daemon.folder() + "/d.sock",
          .default_port = 1,  // nobody's
          .listens = [](const std::string&) { return true; }};
}

TEST(StopCommandTest, AnAddressThatIsNoneStopsAtTheUsualPlacesAndSaysSo) {
  FakeDaemon daemon;
  daemon.OpenStopSocket("ok 7\nlevel HOLD");
  const std::vector<std::vector<std::string>> typed = {
      {"stop", "--server", "127.0.0.1:"},
      {"--server", "127.0.0.1:99999", "stop", "--level", "release"},
      {"stop", "--server", "unix:"},
      {"stop", "--server", "http://x", "--bogus"},
      {"stop", "--server", "a b"},
      {"stop", "--server", "\xff"}};
  std::size_t stops = 0;
  for (const auto& arguments : typed) {
    const Outcome outcome = RunCli(arguments, {}, Around(daemon));
    EXPECT_EQ(outcome.exit_code, 2) << outcome.out;
    EXPECT_THAT(outcome.err, HasSubstr("is not an address"));
    EXPECT_THAT(outcome.err, HasSubstr("so everything holds at " + daemon.address() + " instead"));
    EXPECT_THAT(outcome.err, HasSubstr("Cut the supply if that is another robot"));
    EXPECT_THAT(outcome.out, HasSubstr("stopped (hold) at " + daemon.address() + ": 7"));
    ASSERT_EQ(daemon.stop_messages().size(), ++stops) << outcome.err;
    EXPECT_EQ(daemon.stop_messages().back(), "hold soarm stop");
  }
  for (const auto& arguments : {std::vector<std::string>{"stop"}, {"stop", "--bogus"}}) {
    const Outcome outcome = RunCli(arguments, {}, Around(daemon, "127.0.0.1:"));
    EXPECT_EQ(outcome.exit_code, 2) << outcome.out;
    EXPECT_THAT(outcome.err, HasSubstr("is not an address"));
    EXPECT_EQ(daemon.stop_messages().size(), ++stops) << outcome.err;
  }
}

TEST(StopCommandTest, AnAddressThatIsNoneAndNobodyAtTheUsualPlacesIsSaidToHaveStoppedNothing) {
  FakeDaemon daemon;
  client::Surroundings surroundings = Around(daemon);
  surroundings.system_socket = daemon.folder() + "/no";
  const Outcome outcome = RunCli({"stop", "--server", "unix:"}, {}, surroundings);
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("Nothing was stopped"));
  EXPECT_THAT(outcome.err, HasSubstr("is not an address"));
  EXPECT_THAT(outcome.err, HasSubstr("Cut the supply"));
  EXPECT_THAT(outcome.err, HasSubstr(surroundings.system_socket));
}

TEST(StopCommandTest, AnAddressThatIsMissingStopsWhatIsMeantWithoutOne) {
  FakeDaemon daemon;
  daemon.OpenStopSocket("ok 7\nlevel HOLD");
  std::size_t stops = 0;
  // As a script writes them whose variable is empty.
  for (const auto& arguments : {std::vector<std::string>{"--server", "stop"},
                                {"--server", "", "stop"},
                                {"--server=", "stop"},
                                {"stop", "--server"},
                                {"--server", "--json", "stop"},
                                {"stop", "--server", "--level", "release"}}) {
    const Outcome outcome = RunCli(arguments, {}, Around(daemon));
    EXPECT_EQ(outcome.exit_code, 2) << outcome.out << outcome.err;
    ASSERT_EQ(daemon.stop_messages().size(), ++stops) << testing::PrintToString(arguments);
    EXPECT_EQ(daemon.stop_messages().back(), "hold soarm stop");
  }
}

TEST(StopCommandTest, OfSeveralAddressesTheLastOneCounts) {
  FakeDaemon usual;
  FakeDaemon meant;
  usual.OpenStopSocket("ok 7\nlevel HOLD");
  meant.OpenStopSocket("ok 7\nlevel HOLD");
  std::size_t stops = 0;
  for (const auto& arguments :
       {std::vector<std::string>{"--server", meant.address(), "--server", meant.address(), "stop"},
        {"--server", "unix:/no", "stop", "--server=" + meant.address()},
        {"--server", "unix:/no", "stop", "--server", meant.address(), "--level=x"}}) {
    RunCli(arguments, {}, Around(usual));
    EXPECT_EQ(meant.stop_messages().size(), ++stops) << testing::PrintToString(arguments);
  }
  EXPECT_THAT(usual.stop_messages(), IsEmpty());
}

TEST(StopCommandTest, AnOptionThatIsNearlyStopSaysWhatToType) {
  FakeDaemon daemon;
  daemon.OpenStopSocket("ok 7\nlevel HOLD");
  for (const char* typed : {"-stop", "--stop", "--sotp"}) {
    const Outcome outcome = RunCli({typed}, {}, Around(daemon));
    EXPECT_EQ(outcome.exit_code, 2) << typed;
    EXPECT_THAT(outcome.err, HasSubstr("Nothing was stopped")) << typed;
    EXPECT_THAT(outcome.err, HasSubstr("Did you mean: soarm stop")) << typed;
  }
  EXPECT_THAT(daemon.stop_messages(), IsEmpty());
}

TEST(StopCommandTest, AnEmptyLevelIsASlip) {
  FakeDaemon daemon;
  daemon.OpenStopSocket("ok 7\nlevel HOLD");
  const Outcome outcome = RunCli({"stop", "--level", "", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--level without a value"));
}

TEST(StopCommandTest, ASlipIsToldAlongWithWhatWasNotReached) {
  FakeDaemon daemon;
  daemon.OpenStopSocket("ok 7\nlevel HOLD\nnot-reached base/left_wheel");
  const Outcome outcome = RunCli({"stop", "--bogus", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("base/left_wheel"));
  EXPECT_THAT(outcome.err, HasSubstr("--bogus"));
}

TEST(StopCommandTest, WhyAStopIsNotKeptIsTheSameByEveryWay) {
  FakeDaemon daemon;
  daemon.OpenStopSocket(
      "ok 7\nlevel HOLD\nnot-kept NOT_SAVED It is not saved: no room.\nnot-kept-subject /var\n"
      "not-kept-fix Make room.");
  const Outcome text = RunCli({"stop", "--server", daemon.address()});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_THAT(text.err, HasSubstr("It is not saved: no room. Make room."));
  const Outcome json = RunCli({"--json", "stop", "--server", daemon.address()});
  for (const char* part :
       {"\"reason\": \"NOT_SAVED\"", "\"message\": \"It is not saved: no room.\"",
        "\"subject\": \"/var\"", "\"fix\": \"Make room.\""}) {
    EXPECT_THAT(json.out, HasSubstr(part));
  }
  const Outcome slip = RunCli({"--json", "stop", "--bogus", "--server", daemon.address()});
  EXPECT_THAT(slip.out, HasSubstr("\"not_kept\":\"It is not saved: no room.\""));
}

TEST(StopCommandTest, WhoAnswersAndIsNoDaemonIsNotToldWithoutTheSupply) {
  FakeDaemon::Script script;
  script.errors["Stop"] = {12, {}};  // UNIMPLEMENTED
  FakeDaemon daemon(script);
  const Outcome outcome = RunCli({"stop", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("Cut the supply"));
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

TEST(StopCommandTest, ClearFaultIsACallOfItsOwn) {
  FakeDaemon daemon;
  EXPECT_EQ(RunCli({"clear-fault", "gripper", "--server", daemon.address()}).exit_code, 0);
  EXPECT_THAT(daemon.calls(), Contains("ClearFault"));
}

FakeDaemon::Script TwoArms() {
  FakeDaemon::Script script;
  script.description = FakeDaemon::OneArm();
  *script.description.add_groups() = script.description.groups(0);
  script.description.mutable_groups(0)->set_name("left");
  script.description.mutable_groups(1)->set_name("right");
  return script;
}

TEST(ClearFaultCommandTest, OfSeveralArmsOneIsNamedAloneOrWithAJoint) {
  FakeDaemon daemon(TwoArms());
  const Outcome none = RunCli({"clear-fault", "--server", daemon.address()});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("e.g. left"));
  EXPECT_EQ(RunCli({"clear-fault", "left", "--server", daemon.address()}).out, "cleared: left\n");
  EXPECT_EQ(daemon.last_clear_fault().group(), "left");
  EXPECT_EQ(daemon.last_clear_fault().joint(), "");
  EXPECT_EQ(RunCli({"clear-fault", "left/", "--server", daemon.address()}).exit_code, 2);
  const Outcome both = RunCli({"clear-fault", "elbow_flex", "--server", daemon.address()});
  EXPECT_THAT(both.err, HasSubstr("e.g. left/elbow_flex."));
  EXPECT_EQ(RunCli({"clear-fault", "right/elbow_flex", "--server", daemon.address()}).out,
            "cleared: right/elbow_flex\n");
}

}  // namespace
}  // namespace soarm::test
