#include <chrono>
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/cpp/stop_socket.h"
#include "tests/system/programs.h"

namespace soarm::test {
namespace {

using namespace std::chrono_literals;

TEST(BlockedLogTest, HoldsUpNoStopNoCallAndNoEnd) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  daemon.process().BlockErrors();
  for (const char* reason : {"first", "second", "third"}) {
    const auto stop = client::StopThroughSocket(daemon.socket() + ".stop", "hold", reason,
                                                std::chrono::seconds(5));
    ASSERT_TRUE(stop.ok()) << reason << ": " << stop.status();
    v1::StopRequest request;
    request.set_reason(reason);
    const auto answer = daemon.connection().Call(client::kStop, request);
    ASSERT_TRUE(answer.ok()) << reason << ": " << answer.status();
  }
  EXPECT_EQ(daemon.State().groups(0).joints_size(), 6);
  daemon.process().Signal(SIGTERM);
  EXPECT_EQ(daemon.process().WaitForExitUnread(), 0);
  EXPECT_THAT(daemon.process().errors(), ::testing::Not(::testing::HasSubstr("stop HOLD")));
}

// Of each Protobuf itself would write a line, on the thread that serves calls.
TEST(BlockedLogTest, HoldsUpNoAnswerToATextThatIsNotUtf8) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  daemon.process().BlockErrors();
  for (int i = 0; i < 8; ++i) {
    v1::AcquireLeaseRequest request;
    request.set_client_name("caf\xe9");
    const auto answer = daemon.connection().Call(client::kAcquireLease, request);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument) << answer.status();
  }
  EXPECT_TRUE(daemon.connection().Call(client::kStop, v1::StopRequest()).ok());
}

TEST(BlockedLogTest, IsWrittenOnceItIsReadAgain) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  daemon.process().BlockErrors();
  v1::StopRequest request;
  request.set_reason("smoke");
  ASSERT_TRUE(daemon.connection().Call(client::kStop, request).ok());
  EXPECT_TRUE(
      Eventually([&] { return daemon.process().errors().find("smoke") != std::string::npos; }));
}

}  // namespace
}  // namespace soarm::test
