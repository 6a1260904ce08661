#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/component/cli/fake_daemon.h"
#include "tests/component/cli/run_cli.h"

namespace soarm::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// Standard input as a pipe whose other end the test holds.
class Keyboard {
 public:
  Keyboard() {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    saved_ = ::dup(STDIN_FILENO);
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
    write_end_ = ends[1];
  }
  ~Keyboard() {
    Close();
    ::dup2(saved_, STDIN_FILENO);
    ::close(saved_);
  }
  void Type(const std::string& keys) {
    EXPECT_EQ(::write(write_end_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  void Close() {
    if (write_end_ >= 0) ::close(write_end_);
    write_end_ = -1;
  }

 private:
  int saved_;
  int write_end_;
};

TEST(JogCommandTest, EndOfInputEndsTheCommandsAndReleasesTheLease) {
  Keyboard keyboard;
  FakeDaemon::Script script;
  script.on_command = [&](int frames) {
    if (frames == 3) keyboard.Close();
  };
  FakeDaemon daemon(script);
  keyboard.Type("q");
  const Outcome outcome = RunCli({"jog", "--json", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
  EXPECT_TRUE(daemon.stream_half_closed());
  EXPECT_EQ(daemon.calls().back(), "ReleaseLease");
  EXPECT_THAT(outcome.out, HasSubstr("\"kind\":\"APPLIED\""));

  const std::vector<v1::CommandFrame> frames = daemon.frames();
  ASSERT_GE(frames.size(), 3U);
  for (const v1::CommandFrame& frame : frames) {
    EXPECT_LE(frame.ttl().nanos(), 150'000'000);
    EXPECT_EQ(frame.beat(), 7U) << "beats are echoed, and none goes out before the first";
    EXPECT_EQ(frame.lease().token(), "secret");
    // One press: at most 150 ms at 20 degrees a second from where the goal was.
    EXPECT_GE(frame.joints().targets(0).position_rad(), 0.5);
    EXPECT_LE(frame.joints().targets(0).position_rad(), 0.5 + 0.15 * 0.3491);
    EXPECT_EQ(frame.joints().targets(1).position_rad(), 0.5);
  }
  EXPECT_EQ(frames.back().ttl().nanos(), 150'000'000);
}

TEST(JogCommandTest, ASignalEndsItToo) {
  Keyboard keyboard;
  std::stop_source signal;
  FakeDaemon::Script script;
  script.on_command = [&](int) { signal.request_stop(); };
  FakeDaemon daemon(script);
  keyboard.Type("a");
  const Outcome outcome = RunCli({"jog", "--server", daemon.address()}, signal.get_token());
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_THAT(daemon.calls(), Contains("ReleaseLease"));
  EXPECT_THAT(outcome.err, HasSubstr("Interrupted: arm is in mode HOLD"));
}

TEST(JogCommandTest, WithoutAKeyNothingIsCommanded) {
  Keyboard keyboard;
  keyboard.Close();
  FakeDaemon daemon;
  EXPECT_EQ(RunCli({"jog", "--server", daemon.address()}).exit_code, 0);
  EXPECT_TRUE(daemon.frames().empty());
}

TEST(JogCommandTest, ALimpArmIsRefusedWithTheFix) {
  Keyboard keyboard;
  FakeDaemon::Script script;
  script.state = FakeDaemon::AtRest();
  script.state.mutable_groups(0)->set_mode(v1::LIMP);
  FakeDaemon daemon(script);
  const Outcome outcome = RunCli({"jog", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("soarm torque on"));
  EXPECT_THAT(daemon.calls(), Not(Contains("AcquireLease")));
}

FakeDaemon::Script Lost() {
  FakeDaemon::Script script;
  v1::ErrorDetail lost;
  lost.set_reason("LEASE_LOST");
  lost.set_message("The lease was taken over by ann@laptop.");
  lost.set_fix("Acquire a lease again.");
  script.errors["RenewLease"] = {9, lost};
  return script;
}

TEST(JogCommandTest, ALeaseThatIsGoneEndsItAlsoWithoutAKey) {
  Keyboard keyboard;
  FakeDaemon daemon(Lost());
  const Outcome outcome = RunCli({"jog", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("taken over by ann@laptop"));
  EXPECT_THAT(outcome.err, HasSubstr("run `soarm jog` again"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("Acquire a lease")));
}

TEST(JogCommandTest, AVerdictThatTheLeaseIsGoneEndsIt) {
  Keyboard keyboard;
  FakeDaemon::Script script;
  script.verdict_error = Lost().errors["RenewLease"].second;
  FakeDaemon daemon(script);
  keyboard.Type("q");
  const Outcome outcome = RunCli({"jog", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("taken over by ann@laptop"));
  EXPECT_THAT(outcome.err, HasSubstr("run `soarm jog` again"));
}

// No command of its stream is carried out any more, and it has one.
TEST(JogCommandTest, AStopEndsIt) {
  Keyboard keyboard;
  FakeDaemon::Script script;
  script.verdict_error.set_reason("STOPPED");
  script.verdict_error.set_message("A stop is asserted.");
  script.verdict_error.set_fix("Run `soarm clear` and open a new stream.");
  FakeDaemon daemon(script);
  keyboard.Type("q");
  const Outcome outcome = RunCli({"jog", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("A stop is asserted."));
  EXPECT_THAT(outcome.err, HasSubstr("then `soarm jog` again"));
}

TEST(JogCommandTest, ALeaderIsSaidNotToBeDriven) {
  Keyboard keyboard;
  FakeDaemon::Script script;
  script.description = FakeDaemon::OneArm();
  script.description.mutable_groups(0)->set_role(v1::LEADER);
  script.state = FakeDaemon::AtRest();
  script.state.mutable_groups(0)->set_mode(v1::LIMP);
  FakeDaemon daemon(script);
  const Outcome outcome = RunCli({"jog", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("cannot be driven"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("torque on")));
}

TEST(JogCommandTest, OfABusThatIsAwayItIsSaidWhatIsKnown) {
  Keyboard keyboard;
  std::stop_source signal;
  FakeDaemon::Script script;
  script.state = FakeDaemon::AtRest();
  script.state.mutable_groups(0)->set_mode(v1::UNKNOWN);
  script.on_command = [&](int) { signal.request_stop(); };
  FakeDaemon daemon(script);
  keyboard.Type("a");
  const Outcome outcome = RunCli({"jog", "--server", daemon.address()}, signal.get_token());
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_THAT(outcome.err, HasSubstr("when its servos were last heard"));
  EXPECT_THAT(outcome.err, HasSubstr("supply"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("It stays so")));
}

}  // namespace
}  // namespace soarm::test
