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
  EXPECT_EQ(safety->stops(0).stop_id(), *id);
  EXPECT_EQ(safety->stops(0).level(), v1::StopRequest::SOFT_HOLD);
  EXPECT_EQ(safety->stops(0).reason(), "smoke");
  EXPECT_EQ(safety->stops(0).source(), "stop socket");
}

TEST(StopSocketTest, NonsenseIsAnsweredAndStopsNothing) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  const auto id =
      client::StopThroughSocket(daemon.socket() + ".stop", "panic", "", std::chrono::seconds(5));
  EXPECT_THAT(std::string(ToStd(id.status().message())), ::testing::HasSubstr("hold|soft-hold"));
  const auto safety = daemon.connection().Call(client::kGetSafety, v1::GetSafetyRequest());
  ASSERT_TRUE(safety.ok()) << safety.status();
  EXPECT_EQ(safety->stops_size(), 0);
}

}  // namespace
}  // namespace soarm::test
