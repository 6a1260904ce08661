#include <cstdlib>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/component/cli/fake_daemon.h"
#include "tests/component/cli/run_cli.h"

namespace soarm::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

FakeDaemon::Script Held() {
  FakeDaemon::Script script;
  v1::ErrorDetail detail;
  detail.set_reason("LEASE_HELD");
  detail.set_subject("arm");
  detail.set_message("The lease is held.");
  (*detail.mutable_facts())["holder"] = "ann@laptop";
  (*detail.mutable_facts())["class"] = "TELEOP";
  (*detail.mutable_facts())["age_s"] = "75.2";
  script.errors["AcquireLease"] = {9, detail};
  return script;
}

TEST(LeaseCommandTest, AHeldLeaseIsExit4NamingHolderClassAndAge) {
  FakeDaemon daemon(Held());
  const Outcome text = RunCli({"torque", "on", "--server", daemon.address()});
  EXPECT_EQ(text.exit_code, 4);
  EXPECT_THAT(text.err, AllOf(HasSubstr("ann@laptop"), HasSubstr("TELEOP"), HasSubstr("1 min 15 s"),
                              HasSubstr("--preempt")));
  EXPECT_THAT(daemon.calls(), Not(Contains("EnableTorque")));

  const Outcome json = RunCli({"move", "gripper=1%", "--json", "--server", daemon.address()});
  EXPECT_EQ(json.exit_code, 4);
  EXPECT_THAT(json.out,
              AllOf(HasSubstr("\"reason\":\"LEASE_HELD\""), HasSubstr("\"holder\":\"ann@laptop\""),
                    HasSubstr("\"age_s\":\"75.2\"")));
}

TEST(LeaseCommandTest, PreemptionIsExplicit) {
  FakeDaemon daemon;
  RunCli({"torque", "off", "--server", daemon.address()});
  EXPECT_FALSE(daemon.last_acquire().preempt());
  RunCli({"torque", "off", "--preempt", "--server", daemon.address()});
  EXPECT_TRUE(daemon.last_acquire().preempt());
  EXPECT_THAT(daemon.last_acquire().client_name(), HasSubstr("@"));
}

TEST(LeaseCommandTest, ATakenLeaseStaysUntilItIsReleased) {
  FakeDaemon daemon;
  ::setenv("XDG_RUNTIME_DIR", daemon.folder().c_str(), 1);
  const Outcome take = RunCli(
      {"lease", "take", "arm", "--class", "autonomy", "--json", "--server", daemon.address()});
  EXPECT_EQ(take.exit_code, 0) << take.err;
  EXPECT_THAT(take.out, HasSubstr("\"token\": \"secret\""));
  EXPECT_EQ(daemon.last_acquire().lease_class(), v1::AUTONOMY);
  EXPECT_EQ(daemon.last_acquire().ttl().seconds(), 60);
  EXPECT_THAT(daemon.calls(), Not(Contains("ReleaseLease")));

  EXPECT_EQ(RunCli({"lease", "release", "--server", daemon.address()}).exit_code, 0);
  EXPECT_EQ(daemon.calls().back(), "ReleaseLease");
  const Outcome none = RunCli({"--json", "lease", "release", "--server", daemon.address()});
  EXPECT_THAT(none.out, HasSubstr("\"reason\":\"NO_LEASE\""));
  const Outcome bad =
      RunCli({"--json", "lease", "release", "nonsense", "--server", daemon.address()});
  EXPECT_THAT(bad.out, HasSubstr("\"reason\":\"BAD_LEASE\""));
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_EQ(none.exit_code, 2) << "a released lease is forgotten";
  EXPECT_EQ(RunCli({"lease", "release", "11:12:secret", "--server", daemon.address()}).exit_code,
            0);
  ::unsetenv("XDG_RUNTIME_DIR");
}

TEST(LeaseCommandTest, AHeldOnLeaseIsRenewedAndReleasedWhenInterrupted) {
  std::stop_source interrupt;
  FakeDaemon::Script script;
  script.on_call = [&](const std::string& method) {
    if (method == "RenewLease") interrupt.request_stop();
  };
  FakeDaemon daemon(script);
  const Outcome outcome =
      RunCli({"lease", "take", "--hold", "--ttl", "0.1", "--server", daemon.address()},
             interrupt.get_token());
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_EQ(daemon.calls().back(), "ReleaseLease");
}

TEST(LeaseCommandTest, ALostLeaseEndsTheMove) {
  FakeDaemon::Script script;
  v1::ErrorDetail lost;
  lost.set_reason("LEASE_LOST");
  lost.set_message("The lease was lost to bob.");
  script.errors["RenewLease"] = {9, lost};
  script.on_move = [] {};  // never done: ends by cancellation only
  FakeDaemon daemon(script);
  const Outcome outcome = RunCli({"move", "gripper=1%", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("lost to bob"));
  EXPECT_THAT(daemon.calls(), Not(Contains("ReleaseLease")));
}

TEST(LeaseCommandTest, ListNamesTheHolder) {
  FakeDaemon daemon;
  EXPECT_THAT(RunCli({"lease", "list", "--server", daemon.address()}).out,
              AllOf(HasSubstr("ann@laptop"), HasSubstr("TELEOP")));
}

TEST(LeaseCommandTest, WhatIsNoFileIsNotWaitedFor) {
  FakeDaemon daemon;
  ::setenv("XDG_RUNTIME_DIR", daemon.folder().c_str(), 1);
  ASSERT_EQ(::mkfifo((daemon.folder() + "/soarm-lease").c_str(), 0600), 0);
  const Outcome outcome = RunCli({"lease", "release", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("No lease was taken"));
}

}  // namespace
}  // namespace soarm::test
