// `soarm` against the daemon: what it says when things go wrong, and what it leaves behind.

#include <csignal>
#include <cstdlib>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "tests/component/cli/run_cli.h"
#include "tests/system/driving.h"

namespace soarm::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

int Leases(client::Connection& connection) {
  const auto leases = connection.Call(client::kListLeases, v1::ListLeasesRequest());
  EXPECT_TRUE(leases.ok()) << leases.status();
  return leases.ok() ? leases->leases_size() : -1;
}

v1::Mode ModeOf(RunningDaemon& daemon) { return daemon.State().groups(0).mode(); }

// A process that is frozen as long as the object lives.
class Frozen {
 public:
  explicit Frozen(Process& process) : process_(process) { process_.Signal(SIGSTOP); }
  ~Frozen() { process_.Signal(SIGCONT); }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

 private:
  Process& process_;
};

TEST(CommandLineTest, TorqueOnThatIsCutShortLeavesNoLeaseAndSaysWhatTheArmIs) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  for (const auto& [signal, code] : {std::pair{SIGINT, 130}, std::pair{SIGTERM, 143}}) {
    Process torque("soarm", {"torque", "on", "--server", "unix:" + daemon.socket()});
    ASSERT_TRUE(Eventually([&] { return Leases(daemon.connection()) == 1; }));
    torque.Signal(signal);
    EXPECT_EQ(torque.WaitForExit(), code);
    EXPECT_EQ(Leases(daemon.connection()), 0);
    const std::string mode = v1::Mode_Name(ModeOf(daemon));
    EXPECT_THAT(torque.errors(), HasSubstr("Interrupted: arm is in mode " + mode));
    ASSERT_EQ(ModeOf(daemon), v1::LIMP) << "torque that was coming on is taken back";
    EXPECT_THAT(torque.errors(), HasSubstr("without torque"));
    for (const auto& [id, servo] : ServosOf(daemon.connection())) EXPECT_FALSE(servo.torque_on());
  }
}

TEST(CommandLineTest, AMoveThatIsCutShortSaysThatTheArmHoldsUnderTorque) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  ASSERT_NE(Energise(daemon.connection()), nullptr);
  for (const auto& [signal, code] : {std::pair{SIGINT, 130}, std::pair{SIGTERM, 143}}) {
    Process move("soarm", {"move", "shoulder_pan=60deg", "--speed", "0.01", "--server",
                           "unix:" + daemon.socket()});
    ASSERT_TRUE(Eventually([&] { return ModeOf(daemon) == v1::MOVE; }));
    move.Signal(signal);
    EXPECT_EQ(move.WaitForExit(), code);
    EXPECT_THAT(move.errors(), HasSubstr("arm is in mode HOLD, under torque"));
    EXPECT_EQ(Leases(daemon.connection()), 0);
    EXPECT_EQ(ModeOf(daemon), v1::HOLD);
  }
}

TEST(CommandLineTest, WhatNamesNothingIsRefusedBeforeALeaseIsTaken) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  // Another's lease on everything: whoever asks for one is refused with 4.
  const auto lease = client::Lease::Acquire(daemon.connection(), {});
  ASSERT_TRUE(lease.ok());
  for (const std::vector<std::string>& typed :
       std::vector<std::vector<std::string>>{{"move", "/"},
                                             {"move", "arm/"},
                                             {"move", "/rest"},
                                             {"move", "/gripper=50%"},
                                             {"move", ""},
                                             {"park", ""},
                                             {"torque", "on", ""},
                                             {"clear-fault", "arm/"},
                                             {"clear-fault", "/"},
                                             {"clear-fault", ""},
                                             {"move", "gripper=50%", "--speed", "0"},
                                             {"move", "gripper=50%", "--duration", "601"},
                                             {"move", "gripper=50%", "--duration", "nan"}}) {
    std::vector<std::string> arguments = typed;
    arguments.insert(arguments.end(), {"--server", "unix:" + daemon.socket()});
    const Outcome outcome = RunCli(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << ::testing::PrintToString(typed) << outcome.err;
  }
}

TEST(CommandLineTest, AnUnknownGroupIsUsageForEveryCommand) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  for (const std::vector<std::string>& typed :
       std::vector<std::vector<std::string>>{{"state", "tail"},
                                             {"watch", "tail"},
                                             {"torque", "on", "tail"},
                                             {"torque", "off", "tail"},
                                             {"move", "tail/gripper=50%"},
                                             {"move", "tail/rest"},
                                             {"jog", "tail"},
                                             {"park", "tail"},
                                             {"clear-fault", "tail/gripper"},
                                             {"lease", "take", "tail"},
                                             {"pose", "list", "tail"},
                                             {"pose", "save", "rest", "tail"},
                                             {"pose", "delete", "rest", "tail"}}) {
    std::vector<std::string> arguments = typed;
    arguments.insert(arguments.begin(), {"--json", "--server", "unix:" + daemon.socket()});
    const Outcome outcome = RunCli(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << ::testing::PrintToString(typed) << outcome.out;
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("\"code\":\"NOT_FOUND\""),
                                   HasSubstr("\"reason\":\"UNKNOWN_GROUP\""), HasSubstr("arm")))
        << ::testing::PrintToString(typed);
  }
}

TEST(CommandLineTest, AStopAtADaemonThatHangsIsNotConfirmedAndTheSupplyIsTheFix) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim", "--listen", "127.0.0.1:0"});
  const std::string line = daemon.process().WaitForLine("soarmd ready ").value_or("");
  const std::string tcp = line.substr(line.rfind('=') + 1);
  const Frozen frozen(daemon.process());
  for (const std::string& server : {"unix:" + daemon.socket(), tcp}) {
    const Outcome stop = RunCli({"stop", "--server", server});
    EXPECT_EQ(stop.exit_code, 5) << stop.err;
    EXPECT_THAT(stop.err, AllOf(HasSubstr("confirmed"), HasSubstr("fix: Cut the supply"),
                                Not(HasSubstr("soarm stop")), Not(HasSubstr("Start it"))));
    const Outcome status = RunCli({"status", "--server", server});
    EXPECT_EQ(status.exit_code, 5) << "it hangs, and is not away";
    EXPECT_THAT(status.err, HasSubstr("does not answer"));
  }
}

TEST(CommandLineTest, AStopWithNobodyThereNamesTheSupplyToo) {
  const TemporaryFolder folder;
  const Outcome stop = RunCli({"stop", "--server", "unix:" + folder.File("nobody")});
  EXPECT_EQ(stop.exit_code, 3);
  EXPECT_THAT(stop.err, HasSubstr("Cut the supply"));
}

TEST(CommandLineTest, WhatClientsWriteIsKeptAndLoggedWithoutEscapeSequences) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  const std::string evil =
      "a\x1b[31mb\x07\xe2\x80\xae"
      "c\xc2\x9b"
      "d";
  const std::string clean = "a?[31mb??c?d";
  client::LeaseOptions options;
  options.client_name = evil;
  options.purpose = evil;
  const auto lease = client::Lease::Acquire(daemon.connection(), options);
  ASSERT_TRUE(lease.ok()) << lease.status();
  const auto leases = daemon.connection().Call(client::kListLeases, v1::ListLeasesRequest());
  ASSERT_TRUE(leases.ok());
  EXPECT_EQ(leases->leases(0).client_name(), clean);
  EXPECT_EQ(leases->leases(0).purpose(), clean);
  const auto refused = client::Lease::Acquire(daemon.connection(), {});
  EXPECT_EQ(ProblemOf(refused.status()).facts["holder"], clean);

  v1::StopRequest stop;
  stop.set_reason(evil);
  stop.add_groups("arm");
  stop.add_groups(evil);
  const auto stopped = daemon.connection().Call(client::kStop, stop);
  ASSERT_TRUE(stopped.ok()) << stopped.status();
  EXPECT_THAT(stopped->unknown_groups(), ::testing::ElementsAre(clean)) << "and the arm stops";
  const auto safety = daemon.connection().Call(client::kGetSafety, v1::GetSafetyRequest());
  ASSERT_TRUE(safety.ok());
  for (const v1::StopAssertion& standing : safety->stops()) EXPECT_EQ(standing.reason(), clean);
  EXPECT_TRUE(Eventually([&] {
    return daemon.process().errors().find("stop HOLD by rpc unix:") != std::string::npos &&
           daemon.process().errors().find(": " + clean) != std::string::npos;
  })) << daemon.process().errors();
  EXPECT_THAT(daemon.process().errors(), Not(HasSubstr("\x1b")));
}

TEST(CommandLineTest, AHeldLeaseEndsWithItsDaemonAtOnce) {
  for (const int signal : {SIGTERM, SIGKILL}) {
    const TemporaryFolder folder;
    RunningDaemon daemon(folder, {"--sim"});
    ASSERT_TRUE(daemon.WaitForFreshJoints(6));
    // Renewals would notice after a minute, which is longer than the test's patience.
    Process hold("soarm",
                 {"lease", "take", "--hold", "--ttl", "60", "--server", "unix:" + daemon.socket()});
    ASSERT_TRUE(Eventually([&] { return Leases(daemon.connection()) == 1; }));
    daemon.process().Signal(signal);
    EXPECT_EQ(hold.WaitForExit(), 3) << hold.errors();
    EXPECT_THAT(hold.errors(), HasSubstr("error: "));
  }
}

TEST(CommandLineTest, AHeldLeaseOutlivesItsHolderByTwoSecondsAtMost) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  Process hold("soarm", {"lease", "take", "--hold", "--server", "unix:" + daemon.socket()});
  ASSERT_TRUE(Eventually([&] { return Leases(daemon.connection()) == 1; }));
  hold.Signal(SIGKILL);
  EXPECT_EQ(hold.WaitForExit(), -SIGKILL);
  const auto leases = daemon.connection().Call(client::kListLeases, v1::ListLeasesRequest());
  ASSERT_TRUE(leases.ok());
  for (const v1::LeaseInfo& lease : leases->leases()) EXPECT_LE(lease.expires_in().seconds(), 2);
}

TEST(CommandLineTest, ALeaseIsReleasedWhereItIsOfAndOnlyThen) {
  const TemporaryFolder folder;
  const TemporaryFolder elsewhere;
  RunningDaemon own(folder, {"--sim"});
  RunningDaemon other(elsewhere, {"--sim"});
  ASSERT_TRUE(own.WaitForFreshJoints(6));
  ::setenv("XDG_RUNTIME_DIR", folder.path().c_str(), 1);
  ASSERT_EQ(RunCli({"lease", "take", "--server", "unix:" + own.socket()}).exit_code, 0);
  const Outcome wrong = RunCli({"lease", "release", "--server", "unix:" + other.socket()});
  EXPECT_EQ(wrong.exit_code, 4);
  EXPECT_THAT(wrong.out, Not(HasSubstr("released")));
  EXPECT_THAT(wrong.err, HasSubstr("not granted here"));
  EXPECT_EQ(Leases(own.connection()), 1);
  EXPECT_EQ(RunCli({"lease", "release", "1:2:3", "--server", "unix:" + own.socket()}).exit_code, 4);

  // Not forgotten, and released at its own daemon whatever else is said to be the daemon.
  ::setenv("SOARM_SERVER", ("unix:" + other.socket()).c_str(), 1);
  const Outcome right = RunCli({"lease", "release"});
  EXPECT_EQ(right.exit_code, 0) << right.err;
  EXPECT_EQ(Leases(own.connection()), 0);
  EXPECT_EQ(RunCli({"lease", "release"}).exit_code, 2) << "now it is";
  ::unsetenv("SOARM_SERVER");
  ::unsetenv("XDG_RUNTIME_DIR");
}

}  // namespace
}  // namespace soarm::test
