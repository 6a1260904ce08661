// What `soarm ping` says of a daemon that answers, hangs, refuses; and how it ends.

#include <stop_token>

#include <gmock/gmock.h>
#include <grpcpp/support/status.h>
#include <gtest/gtest.h>

#include "tests/component/cli/fake_daemon.h"
#include "tests/component/cli/run_cli.h"

namespace soarm::test {
namespace {

using testing::HasSubstr;

TEST(PingTest, ItMeasuresAndAdvises) {
  FakeDaemon daemon;
  const Outcome text =
      RunCli({"ping", "--count", "10", "--every", "5ms", "--server", daemon.address()});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  for (const char* part : {"10 sent, 10 answered, 0 lost (0.0 %", "round trip   p50 ", " ms, p95 ",
                           "jitter       ", "longest gap  ", "commands     ", "lease        "}) {
    EXPECT_THAT(text.out, HasSubstr(part));
  }
  const Outcome json =
      RunCli({"ping", "--count", "3", "--every", "5ms", "--json", "--server", daemon.address()});
  EXPECT_EQ(json.exit_code, 0) << json.out;
  for (const char* part : {"\"every_ms\":5.000", "\"answered\":3", "\"loss_percent\":0.000",
                           "\"round_trip_p99_ms\":", "\"ttl_ms\":", "\"lease_ttl_ms\":"}) {
    EXPECT_THAT(json.out, HasSubstr(part));
  }
}

TEST(PingTest, ADaemonThatAnswersNothingIsATimeout) {
  FakeDaemon::Script script;
  script.hangs = true;
  FakeDaemon daemon(script);
  const Outcome outcome =
      RunCli({"ping", "--count", "2", "--every", "5ms", "--json", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_THAT(outcome.out, HasSubstr("\"reason\":\"NO_BEAT_ANSWERED\""));
  EXPECT_THAT(outcome.out, HasSubstr("\"facts\":{\"sent\":\"2\"}"));
}

TEST(PingTest, ARefusalIsToldAsItIs) {
  FakeDaemon::Script script;
  v1::ErrorDetail detail;
  detail.set_reason("ROLE_TOO_LOW");
  script.errors["GetInfo"] = {grpc::StatusCode::PERMISSION_DENIED, detail};
  FakeDaemon daemon(script);
  const Outcome outcome =
      RunCli({"ping", "--count", "2", "--every", "5ms", "--json", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_THAT(outcome.out, HasSubstr("ROLE_TOO_LOW"));
}

TEST(PingTest, CtrlCEndsItWithTheSummary) {
  for (const bool counted : {false, true}) {
    std::stop_source stop;
    FakeDaemon::Script script;
    int calls = 0;
    script.on_call = [&](const std::string&) {
      if (++calls == 5) stop.request_stop();
    };
    FakeDaemon daemon(script);
    std::vector<std::string> arguments = {"ping", "--every", "50ms", "--server", daemon.address()};
    if (counted) arguments.insert(arguments.end(), {"--count", "1000"});
    const Outcome outcome = RunCli(arguments, stop.get_token());
    EXPECT_EQ(outcome.exit_code, counted ? 130 : 0);
    EXPECT_THAT(outcome.out, HasSubstr("round trip   p50 "));
  }
}

TEST(PingTest, WhatIsNoTimeIsUsage) {
  for (const char* every : {"20", "1ms", "2s", "soon"}) {
    const Outcome outcome = RunCli({"ping", "--every", every});
    EXPECT_EQ(outcome.exit_code, 2) << every;
    EXPECT_THAT(outcome.err, HasSubstr("is not a time with its unit from 5 ms to 1.0 s"));
  }
}

}  // namespace
}  // namespace soarm::test
