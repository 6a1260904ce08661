#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "tests/component/cli/fake_daemon.h"
#include "tests/component/cli/run_cli.h"

namespace soarm::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

template <typename Message>
Message FromJson(const std::string& json) {
  Message message;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &message).ok()) << json;
  return message;
}

v1::ErrorDetail Error(const std::string& reason, const std::string& message,
                      const std::string& fix) {
  v1::ErrorDetail detail;
  detail.set_reason(reason);
  detail.set_message(message);
  detail.set_fix(fix);
  return detail;
}

FakeDaemon::Script Failing(const std::string& method, int code) {
  FakeDaemon::Script script;
  script.errors[method] = {code, Error("SOME_REASON", "It is so.", "Do this.")};
  return script;
}

TEST(CliTest, JsonIsTheResponseWithProtoNamesAndDefaults) {
  FakeDaemon daemon;
  const Outcome state = RunCli({"--server", daemon.address(), "state", "--json"});
  EXPECT_EQ(state.exit_code, 0);
  EXPECT_THAT(state.out, AllOf(HasSubstr("\"position_rad\": 0.5"), HasSubstr("\"stale\": false"),
                               HasSubstr("\"faults\": []")));
  EXPECT_EQ(FromJson<v1::StateFrame>(state.out).groups(0).joints_size(), 6);

  const Outcome status = RunCli({"--json", "--server", daemon.address(), "status"});
  EXPECT_EQ(FromJson<v1::StatusResponse>(status.out).buses(0).measured_rate_hz(), 200.0);
  const Outcome info = RunCli({"info", "--json", "--server", daemon.address()});
  EXPECT_EQ(FromJson<v1::GetInfoResponse>(info.out).version(), "9.9.9");
  EXPECT_THAT(info.err, IsEmpty());
}

TEST(CliTest, PeopleGetTablesWithDegreesAndUnits) {
  FakeDaemon daemon;
  const Outcome state = RunCli({"state", "--server", daemon.address()});
  EXPECT_THAT(state.out, AllOf(HasSubstr("shoulder_pan"), HasSubstr("28.6°"), HasSubstr("12.1 V")));
  EXPECT_THAT(state.out, Not(HasSubstr("\x1b"))) << "no colours in a pipe";
  const Outcome status = RunCli({"status", "--server", daemon.address()});
  EXPECT_THAT(status.out,
              AllOf(HasSubstr("simulated robot"), HasSubstr("200 Hz"), HasSubstr("ann@laptop")));
  EXPECT_THAT(RunCli({"description", "--server", daemon.address()}).out, HasSubstr("85.9°"));
}

TEST(CliTest, AnAbsentDaemonIsExit3WithTheWayToStartIt) {
  FakeDaemon daemon;  // for its folder
  const std::string nobody = "unix:" + daemon.folder() + "/nobody.sock";
  const Outcome text = RunCli({"status", "--server", nobody});
  EXPECT_EQ(text.exit_code, 3);
  EXPECT_THAT(text.err,
              AllOf(HasSubstr("error: No soarmd answers"), HasSubstr("fix: Start it with")));
  EXPECT_THAT(text.out, IsEmpty());

  const Outcome json = RunCli({"status", "--json", "--server", nobody});
  EXPECT_EQ(json.exit_code, 3);
  EXPECT_THAT(json.out,
              AllOf(HasSubstr("{\"error\":{\"code\":\"UNAVAILABLE\""),
                    HasSubstr("\"reason\":\"DAEMON_UNREACHABLE\""), HasSubstr("\"facts\":{")));
  EXPECT_THAT(json.err, IsEmpty());
}

TEST(CliTest, ExitCodesFollowTheDaemonsAnswer) {
  struct Row {
    int grpc_code;
    int exit_code;
  };
  for (const Row& row : {Row{3, 2}, Row{5, 1}, Row{7, 4}, Row{9, 4}, Row{10, 4}, Row{13, 1},
                         Row{14, 1}, Row{4, 5}}) {
    FakeDaemon daemon(Failing("EnableTorque", row.grpc_code));
    const Outcome outcome = RunCli({"torque", "on", "--server", daemon.address()});
    EXPECT_EQ(outcome.exit_code, row.exit_code) << row.grpc_code;
    EXPECT_EQ(outcome.err, "error: It is so.\n  fix: Do this.\n");
    EXPECT_THAT(daemon.calls(), Contains("ReleaseLease"))
        << "a failed command gives back its lease";
  }
}

TEST(CliTest, TheOnlyGroupNeedsNoNameBeforeItsJointsAreRead) {
  FakeDaemon::Script script;
  script.description = FakeDaemon::OneArm();
  script.description.mutable_groups(0)->clear_joints();
  FakeDaemon daemon(script);
  const Outcome outcome = RunCli({"torque", "on", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(daemon.calls(), Contains("EnableTorque"));
}

TEST(CliTest, ADaemonThatHangsIsExit5) {
  FakeDaemon::Script script;
  script.hangs = true;
  FakeDaemon daemon(script);
  const Outcome outcome = RunCli({"info", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_THAT(outcome.err, HasSubstr("GetInfo"));
}

TEST(CliTest, UsageErrorsAreExit2AndSayWhereHelpIs) {
  const Outcome text = RunCli({"fly"});
  EXPECT_EQ(text.exit_code, 2);
  EXPECT_THAT(text.err, HasSubstr("soarm --help"));
  const Outcome json = RunCli({"fly", "--json"});
  EXPECT_THAT(json.out, HasSubstr("\"reason\":\"USAGE\""));
  EXPECT_EQ(RunCli({"status", "--server", "nowhere:x"}).exit_code, 2);
}

TEST(CliTest, WhatWouldMeanSomethingElseIsAUsageError) {
  FakeDaemon daemon;
  const std::vector<std::vector<std::string>> slips = {
      {"move", "gripper=50%", "--speed", "0"}, {"watch", "--count", "0"}, {"clear", ""}};
  for (std::vector<std::string> slip : slips) {
    slip.insert(slip.end(), {"--server", daemon.address()});
    EXPECT_EQ(RunCli(slip).exit_code, 2) << slip[0];
  }
  EXPECT_THAT(daemon.calls(), IsEmpty());
}

TEST(CliTest, StatusNamesWhoDrivesAndNotWhoWatches) {
  FakeDaemon daemon;
  const Outcome status = RunCli({"status", "--server", daemon.address()});
  EXPECT_THAT(status.out, AllOf(HasSubstr("ann@laptop"), Not(HasSubstr("bob@desk"))));
}

TEST(CliTest, StatusSpeaksOfLostVerdictsWhereThereAreSome) {
  FakeDaemon daemon;
  EXPECT_THAT(RunCli({"status", "--server", daemon.address()}).out, Not(HasSubstr("verdicts")));
  FakeDaemon::Script script;
  script.verdicts_lost = 17;
  FakeDaemon losing(script);
  EXPECT_THAT(RunCli({"status", "--server", losing.address()}).out, HasSubstr("verdicts lost: 17"));
}

TEST(CliTest, StatusSpeaksOfWhoWasTurnedAwayWhereSomebodyWas) {
  FakeDaemon daemon;
  EXPECT_THAT(RunCli({"status", "--server", daemon.address()}).out, Not(HasSubstr("connections")));
  FakeDaemon::Script script;
  script.connections_full = 3;
  FakeDaemon full(script);
  EXPECT_THAT(
      RunCli({"status", "--server", full.address()}).out,
      HasSubstr("connections: 0 of 0 served; since the start: 3 turned away for want of room\n"));
}

TEST(CliTest, StatusSpeaksOfStopsThatARestartWouldForget) {
  FakeDaemon::Script script;
  script.safety.mutable_not_kept()->set_message("The disk is full.");
  script.safety.mutable_not_kept()->set_fix("Make room.");
  FakeDaemon daemon(script);
  EXPECT_THAT(RunCli({"status", "--server", daemon.address()}).out,
              HasSubstr("a restart would forget stops: The disk is full.\n  fix: Make room.\n"));
}

TEST(CliTest, HelpAndVersionNeedNoDaemon) {
  EXPECT_EQ(RunCli({"--help"}).exit_code, 0);
  EXPECT_EQ(RunCli({"version"}).exit_code, 0);
  EXPECT_EQ(RunCli({"sim"}).exit_code, 0);
  EXPECT_THAT(RunCli({"version", "--json"}).out, HasSubstr("\"version\":\""));
}

TEST(CliTest, WatchPrintsOneLinePerUpdateInAPipe) {
  FakeDaemon daemon;
  const Outcome text = RunCli({"watch", "--count", "3", "--server", daemon.address()});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_EQ(std::count(text.out.begin(), text.out.end(), '\n'), 3);
  EXPECT_THAT(text.out, HasSubstr("1.500 s  arm HOLD shoulder_pan=28.6°"));

  const Outcome json = RunCli({"watch", "--count=2", "--json", "--server", daemon.address()});
  const std::size_t newline = json.out.find('\n');
  EXPECT_EQ(FromJson<v1::StateFrame>(json.out.substr(0, newline)).seq(), 1U);
  EXPECT_EQ(FromJson<v1::StateFrame>(json.out.substr(newline)).seq(), 2U);
}

TEST(CliTest, MoveSendsRadiansTicksAndOpeningsAndWaits) {
  FakeDaemon daemon;
  const Outcome outcome = RunCli({"move", "shoulder_pan=30deg", "elbow_flex=2100raw",
                                  "arm/gripper=50%", "wrist_flex=+0.1rad", "rest", "--duration",
                                  "1.5", "--speed", "0.25", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const v1::MoveToRequest move = daemon.last_move();
  EXPECT_EQ(move.group(), "arm");
  EXPECT_EQ(move.lease().token(), "secret");
  EXPECT_EQ(move.pose(), "rest");
  EXPECT_EQ(move.duration().nanos(), 500'000'000);
  EXPECT_EQ(move.speed_scale(), 0.25);
  ASSERT_EQ(move.targets_size(), 4);
  EXPECT_NEAR(move.targets(0).position_rad(), 0.5235987756, 1e-9);
  EXPECT_EQ(move.targets(1).position_raw(), 2100);
  EXPECT_EQ(move.targets(2).joint(), "gripper");
  EXPECT_EQ(move.targets(2).opening(), 0.5);
  EXPECT_NEAR(move.targets(3).position_rad(), 0.6, 1e-9);
  EXPECT_EQ(daemon.last_acquire().lease_class(), v1::TELEOP);
  EXPECT_EQ(daemon.calls().back(), "ReleaseLease");
}

TEST(CliTest, ABareNumberNeverReachesTheDaemon) {
  FakeDaemon daemon;
  const Outcome outcome = RunCli({"move", "shoulder_pan=30", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("shoulder_pan=30deg"));
  EXPECT_THAT(daemon.calls(), IsEmpty());
}

TEST(CliTest, AnUnknownJointIsNamedWithThoseThereAre) {
  FakeDaemon daemon;
  const Outcome outcome = RunCli({"move", "nose=3deg", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("nose"), HasSubstr("wrist_roll")));
  EXPECT_THAT(daemon.calls(), Not(Contains("AcquireLease")));
}

TEST(CliTest, InterruptingAMoveCancelsItReleasesTheLeaseAndIsExit130) {
  std::stop_source interrupt;
  FakeDaemon::Script script;
  script.on_move = [&] { interrupt.request_stop(); };
  FakeDaemon daemon(script);
  const Outcome outcome =
      RunCli({"move", "shoulder_pan=30deg", "--server", daemon.address()}, interrupt.get_token());
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_THAT(daemon.calls(), Contains("ReleaseLease"));
}

TEST(CliTest, TwoArmsMoveTogetherUnderOneLease) {
  FakeDaemon::Script script;
  script.description = FakeDaemon::OneArm();
  script.state = FakeDaemon::AtRest();
  *script.description.add_groups() = script.description.groups(0);
  script.description.mutable_groups(0)->set_name("left_arm");
  script.description.mutable_groups(1)->set_name("right_arm");
  FakeDaemon daemon(script);
  EXPECT_EQ(RunCli({"move", "gripper=50%", "--server", daemon.address()}).exit_code, 2);
  const Outcome outcome = RunCli(
      {"move", "left_arm/gripper=50%", "right_arm/gripper=50%", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(daemon.last_acquire().groups_size(), 2);
  const std::vector<std::string> calls = daemon.calls();
  EXPECT_EQ(std::count(calls.begin(), calls.end(), "MoveTo"), 2);
}

TEST(CliTest, SimCallsAnyMethodByItsKebabName) {
  FakeDaemon daemon;
  const Outcome delay =
      RunCli({"sim", "delay", "servo=3", "by=20ms", "--server", daemon.address()});
  EXPECT_EQ(delay.exit_code, 0) << delay.err;
  EXPECT_THAT(daemon.calls(), Contains("Delay"));
  const Outcome read = RunCli(
      {"sim", "read-registers", "servo=3", "address=56", "count=2", "--server", daemon.address()});
  EXPECT_EQ(read.out, "values: 01 ff\n");
  EXPECT_EQ(RunCli({"sim", "explode", "--server", daemon.address()}).exit_code, 2);
  EXPECT_EQ(RunCli({"sim", "delay", "by=20", "--server", daemon.address()}).exit_code, 2);
  const Outcome missing = RunCli({"sim", "unplug", "--server", daemon.address()});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("--sim"));
}

}  // namespace
}  // namespace soarm::test
