// What a command that was cut short leaves behind, and what it says about that.

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
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

// Interrupts the command as soon as it makes this call.
struct InterruptedAt {
  explicit InterruptedAt(std::string method) {
    script.on_call = [this, wanted = std::move(method)](const std::string& called) {
      if (called == wanted) source.request_stop();
    };
  }
  Outcome Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--server", daemon().address()});
    return RunCli(arguments, source.get_token());
  }
  FakeDaemon& daemon() {
    if (!daemon_) daemon_ = std::make_unique<FakeDaemon>(script);
    return *daemon_;
  }

  std::stop_source source;
  FakeDaemon::Script script;

 private:
  std::unique_ptr<FakeDaemon> daemon_;
};

TEST(InterruptTest, AMoveSaysThatTheArmHoldsUnderTorqueOnceItsLeaseIsGone) {
  InterruptedAt interrupted("MoveTo");
  interrupted.script.on_move = [] {};
  const Outcome outcome = interrupted.Run({"move", "shoulder_pan=30deg"});
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_EQ(outcome.err,
            "Interrupted: arm is in mode HOLD, under torque. It stays so; `soarm torque off` lets "
            "it fall.\n");
  const std::vector<std::string> calls = interrupted.daemon().calls();
  const auto released = std::ranges::find(calls, "ReleaseLease");
  const auto looked = std::ranges::find(calls, "WatchState");
  ASSERT_NE(released, calls.end());
  EXPECT_LT(released, looked) << "looked at before nobody moved it any more";
}

TEST(InterruptTest, ALimpArmIsSaidToBeLimpAndAHalfTorquedOneToBeThat) {
  for (const int torqued : {0, 2}) {
    InterruptedAt interrupted("MoveTo");
    interrupted.script.on_move = [] {};
    interrupted.script.state = FakeDaemon::AtRest();
    v1::GroupState& arm = *interrupted.script.state.mutable_groups(0);
    arm.set_mode(torqued == 0 ? v1::LIMP : v1::HOLD);
    for (int i = torqued; i < arm.joints_size(); ++i) arm.mutable_joints(i)->set_torque_on(false);
    const Outcome outcome = interrupted.Run({"park"});
    EXPECT_THAT(outcome.err,
                HasSubstr(torqued == 0 ? "arm is in mode LIMP, without torque."
                                       : "HOLD, with 2 of 6 joints under torque. It stays"));
  }
}

TEST(InterruptTest, ProgramsReadItAsAnErrorWithFacts) {
  InterruptedAt interrupted("MoveTo");
  interrupted.script.on_move = [] {};
  const Outcome outcome = interrupted.Run({"--json", "move", "shoulder_pan=30deg"});
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("\"reason\":\"INTERRUPTED\""),
                                 HasSubstr("\"facts\":{\"arm\":\"HOLD, under torque\"}")));
}

TEST(InterruptTest, WhereNobodyTellsItIsNotInvented) {
  InterruptedAt interrupted("MoveTo");
  interrupted.script.on_move = [] {};
  interrupted.script.errors["WatchState"] = {13, {}};
  const Outcome outcome = interrupted.Run({"move", "shoulder_pan=30deg"});
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_THAT(outcome.err, HasSubstr("soarmd does not tell what state arm is in"));
}

TEST(InterruptTest, ALeaseThatIsGrantedJustThenIsGivenBack) {
  for (const auto& command : std::vector<std::vector<std::string>>{
           {"torque", "on"}, {"move", "rest"}, {"clear-fault"}, {"lease", "take"}}) {
    InterruptedAt interrupted("AcquireLease");
    const Outcome outcome = interrupted.Run(command);
    EXPECT_EQ(outcome.exit_code, 130) << command[0];
    EXPECT_THAT(interrupted.daemon().calls(), Contains("ReleaseLease")) << command[0];
  }
}

TEST(InterruptTest, WhoOnlyLookedOnHasNothingToAnswerFor) {
  InterruptedAt interrupted("WatchState");
  const Outcome outcome = interrupted.Run({"watch"});
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST(InterruptTest, AStopThatIsCutShortIsNotTakenForOne) {
  InterruptedAt interrupted("Stop");
  interrupted.script.hangs = true;
  const Outcome outcome = interrupted.Run({"stop"});
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("not confirmed"), HasSubstr("supply")));
}

}  // namespace
}  // namespace soarm::test
