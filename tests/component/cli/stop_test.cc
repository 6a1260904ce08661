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
