// What `soarm clear` takes back: what stood, and nothing that came since.

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/cpp/durations.h"
#include "tests/component/cli/fake_daemon.h"
#include "tests/component/cli/run_cli.h"

namespace soarm::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

void AddStop(FakeDaemon::Script& script, const std::string& id, Nanos age) {
  v1::StopAssertion& stop = *script.safety.add_stops();
  stop.set_stop_id(id);
  *stop.mutable_age() = client::ToProto(age);
}

TEST(ClearCommandTest, WithoutAnIdEachStopThatStoodIsClearedByItsOwn) {
  FakeDaemon::Script script;
  AddStop(script, "7", std::chrono::hours(1));
  AddStop(script, "8", std::chrono::hours(1));
  FakeDaemon daemon(script);
  const Outcome outcome = RunCli({"clear", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "cleared 7\ncleared 8\n");
  EXPECT_THAT(daemon.calls(), ElementsAre("GetSafety", "Clear", "Clear"));
  EXPECT_THAT(daemon.cleared(), ElementsAre("7", "8")) << "never all";
}

TEST(ClearCommandTest, ItsJsonIsOneAnswer) {
  FakeDaemon::Script script;
  AddStop(script, "7", std::chrono::hours(1));
  AddStop(script, "8", std::chrono::hours(1));
  FakeDaemon daemon(script);
  const Outcome outcome = RunCli({"clear", "--json", "--server", daemon.address()});
  EXPECT_THAT(outcome.out, HasSubstr("\"cleared\": [\n  \"7\",\n  \"8\"\n ]"));
}

TEST(ClearCommandTest, WithAnIdNothingElseIsAsked) {
  FakeDaemon daemon;
  EXPECT_EQ(RunCli({"clear", "9", "--server", daemon.address()}).out, "cleared 9\n");
  EXPECT_THAT(daemon.calls(), ElementsAre("Clear"));
}

TEST(ClearCommandTest, WhereNothingStandsNothingIsCleared) {
  FakeDaemon daemon;
  const Outcome outcome = RunCli({"clear", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "no stop was asserted\n");
  EXPECT_THAT(daemon.cleared(), IsEmpty());
}

TEST(ClearCommandTest, AStopThatIsNewerThanTheCommandStays) {
  FakeDaemon::Script script;
  AddStop(script, "7", std::chrono::hours(1));
  AddStop(script, "8", Nanos{1});
  AddStop(script, "9", Nanos{0});  // its age is not known
  FakeDaemon daemon(script);
  const Outcome outcome = RunCli({"clear", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_EQ(outcome.out, "cleared 7\ncleared 9\n");
  EXPECT_THAT(outcome.err, HasSubstr("after the command was typed: 8."));
  EXPECT_THAT(outcome.err, HasSubstr("soarm clear 8"));
  EXPECT_THAT(daemon.cleared(), ElementsAre("7", "9"));
  EXPECT_THAT(RunCli({"clear", "--json", "--server", daemon.address()}).out,
              HasSubstr("\"reason\":\"STOP_IS_NEWER\""));
}

TEST(ClearCommandTest, WhatSomebodyElseHasClearedMeanwhileIsNoError) {
  FakeDaemon::Script script;
  AddStop(script, "7", std::chrono::hours(1));
  v1::ErrorDetail gone;
  gone.set_reason("UNKNOWN_STOP");
  script.errors["Clear"] = {5, gone};
  FakeDaemon daemon(script);
  EXPECT_EQ(RunCli({"clear", "--server", daemon.address()}).exit_code, 0);
  EXPECT_EQ(RunCli({"clear", "7", "--server", daemon.address()}).exit_code, 1) << "by its id it is";
}

TEST(ClearCommandTest, ARefusalIsToldAsItIs) {
  FakeDaemon::Script script;
  AddStop(script, "7", std::chrono::hours(1));
  v1::ErrorDetail low;
  low.set_reason("ROLE_TOO_LOW");
  low.set_message("Not with this role.");
  script.errors["Clear"] = {7, low};
  FakeDaemon daemon(script);
  const Outcome outcome = RunCli({"clear", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("Not with this role."));
}

}  // namespace
}  // namespace soarm::test
