// What `soarm ping` says of a daemon that answers, hangs, refuses; and how it ends.

#include <atomic>
#include <memory>
#include <stop_token>
#include <thread>

#include <gmock/gmock.h>
#include <grpcpp/support/status.h>
#include <gtest/gtest.h>

#include "clients/tools/soarm/commands/commands.h"
#include "common/base/problem.h"
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

// A robot whose clock nobody has set.
TEST(PingTest, ItTellsHowFarTheRobotsTimeOfDayIsOff) {
  FakeDaemon::Script script;
  script.wall_ahead = -std::chrono::seconds(5'410);
  FakeDaemon daemon(std::move(script));
  const std::vector<std::string> ping = {"ping",     "--count",       "30", "--every", "10ms",
                                         "--server", daemon.address()};
  const Outcome text = RunCli(ping);
  EXPECT_THAT(text.out, HasSubstr("time of day  the robot's is 1 h 30 min behind, within "));
  std::vector<std::string> json = ping;
  json.push_back("--json");
  EXPECT_THAT(RunCli(json).out, HasSubstr("\"wall_ahead_ms\":-54"));
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

// `soarm ping` without a count, of a daemon that ends after a few beats.
struct Ended {
  absl::Status status;
  std::string out;
  std::string err;
};
Ended PingUntilTheEndOf(std::unique_ptr<FakeDaemon>& daemon, std::atomic<int>& calls,
                        Nanos longest_outage) {
  std::FILE* out = std::tmpfile();
  std::FILE* err = std::tmpfile();
  cli::Output output(out, err, false, true);
  cli::Session session{.server = daemon->address(), .output = output};
  std::thread ending([&] {
    while (calls < 5) std::this_thread::yield();
    daemon.reset();
  });
  Ended ended;
  ended.status = cli::RunPing(
      session,
      {.count = 0, .every = std::chrono::milliseconds(5), .longest_outage = longest_outage});
  ending.join();
  ended.out = Drain(out);
  ended.err = Drain(err);
  return ended;
}

TEST(PingTest, ADaemonThatEndedEndsItWithTheReason) {
  std::atomic<int> calls = 0;
  FakeDaemon::Script script;
  script.on_call = [&](const std::string&) { ++calls; };
  auto daemon = std::make_unique<FakeDaemon>(script);
  const Ended ended = PingUntilTheEndOf(daemon, calls, std::chrono::milliseconds(100));
  EXPECT_EQ(ProblemOf(ended.status).reason, "DAEMON_UNREACHABLE");
  EXPECT_THAT(ended.err, HasSubstr("The connection is down."));
  EXPECT_THAT(ended.out, HasSubstr(" 0 lost (0.0 %"));
  EXPECT_THAT(ended.out, HasSubstr("outages      1, which cut off "));
  EXPECT_THAT(ended.out, HasSubstr("commands     ttl ")) << "worked out from what was answered";
}

TEST(PingTest, AClientThatIsCutOffEndsIt) {
  FakeDaemon::Script script;
  v1::ErrorDetail detail;
  detail.set_reason("CLIENT_REVOKED");
  script.errors["GetInfo"] = {grpc::StatusCode::UNAUTHENTICATED, detail};
  FakeDaemon daemon(script);
  const Outcome outcome = RunCli({"ping", "--every", "5ms", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 4) << "and does not go on for ever";
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
