#include "clients/cpp/stop_socket.h"

#include <chrono>
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "tests/system/programs.h"

namespace soarm::test {
namespace {

TEST(StopSocketTest, AssertsAStopThatTheApiShows) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  const auto id = client::StopThroughSocket(daemon.socket() + ".stop", "soft-hold", "smoke",
                                            std::chrono::seconds(5));
  ASSERT_TRUE(id.ok()) << id.status();
  const auto safety = daemon.connection().Call(client::kGetSafety, v1::GetSafetyRequest());
  ASSERT_TRUE(safety.ok()) << safety.status();
  ASSERT_EQ(safety->stops_size(), 1);
  EXPECT_EQ(safety->stops(0).stop_id(), id->id);
  EXPECT_EQ(safety->stops(0).level(), v1::StopRequest::SOFT_HOLD);
  EXPECT_EQ(safety->stops(0).reason(), "smoke");
  EXPECT_EQ(safety->stops(0).source(), "stop socket");
}

TEST(StopSocketTest, NonsenseHoldsEverythingAndIsToldSo) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  const auto stop =
      client::StopThroughSocket(daemon.socket() + ".stop", "panic", "", std::chrono::seconds(5));
  ASSERT_TRUE(stop.ok()) << stop.status();
  ASSERT_EQ(stop->notes.size(), 1u);
  EXPECT_THAT(stop->notes[0], ::testing::HasSubstr("hold|soft-hold"));
  const auto safety = daemon.connection().Call(client::kGetSafety, v1::GetSafetyRequest());
  ASSERT_TRUE(safety.ok()) << safety.status();
  ASSERT_EQ(safety->stops_size(), 1);
  EXPECT_EQ(safety->stops(0).level(), v1::StopRequest::HOLD);
  EXPECT_EQ(safety->stops(0).reason(), "panic");
}

TEST(StopSocketTest, AStopOutlivesTheDeadDaemonAndItsClearAsWell) {
  const TemporaryFolder folder;
  const std::vector<std::string> args = {"--sim"};
  std::string id;
  {
    RunningDaemon daemon(folder, args);
    const auto stop = client::StopThroughSocket(daemon.socket() + ".stop", "release", "smoke",
                                                std::chrono::seconds(5));
    ASSERT_TRUE(stop.ok()) << stop.status();
    EXPECT_THAT(stop->notes, ::testing::IsEmpty()) << "it is on the disk";
    id = stop->id;
    daemon.process().Signal(SIGKILL);
    daemon.process().WaitForExit();
  }
  RunningDaemon again(folder, args);
  const auto safety = again.connection().Call(client::kGetSafety, v1::GetSafetyRequest());
  ASSERT_TRUE(safety.ok()) << safety.status();
  ASSERT_EQ(safety->stops_size(), 1);
  EXPECT_EQ(safety->stops(0).stop_id(), id);
  EXPECT_EQ(safety->stops(0).level(), v1::StopRequest::RELEASE);
  EXPECT_EQ(safety->stops(0).reason(), "smoke");
  ASSERT_TRUE(again.connection().Call(client::kClear, v1::ClearRequest()).ok());
  EXPECT_EQ(again.connection().Call(client::kGetSafety, v1::GetSafetyRequest())->stops_size(), 0);
}

}  // namespace
}  // namespace soarm::test
