#include "clients/cpp/stop_socket.h"

#include <chrono>
#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

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

TEST(StopSocketTest, OneThatSomebodyRemovedIsBackWithinSeconds) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  const std::string path = daemon.socket() + ".stop";
  std::filesystem::remove(path);
  std::filesystem::remove(path + ".lock");
  EXPECT_TRUE(Eventually([&] { return std::filesystem::exists(path); }));
  const auto stop = client::StopThroughSocket(path, "hold", "", std::chrono::seconds(5));
  EXPECT_TRUE(stop.ok()) << stop.status();
  const auto safety = daemon.connection().Call(client::kGetSafety, v1::GetSafetyRequest());
  ASSERT_TRUE(safety.ok()) << safety.status();
  EXPECT_EQ(safety->stops_size(), 1);
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

// An address of its own and no connection: a client that never reads.
class DeafClient {
 public:
  explicit DeafClient(const std::string& socket) {
    sockaddr_un own{};
    own.sun_family = AF_UNIX;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&own), sizeof own.sun_family), 0);
    server_.sun_family = AF_UNIX;
    socket.copy(server_.sun_path, sizeof server_.sun_path - 1);
  }
  ~DeafClient() { ::close(socket_); }
  DeafClient(const DeafClient&) = delete;
  DeafClient& operator=(const DeafClient&) = delete;
  void Stop() const {
    EXPECT_EQ(::sendto(socket_, "hold", 4, 0, reinterpret_cast<const sockaddr*>(&server_),
                       sizeof server_),
              4);
  }
  bool IsAnswered() const {
    pollfd wait{.fd = socket_, .events = POLLIN, .revents = 0};
    const auto patience_ms = std::chrono::milliseconds(Process::kPatience).count();
    return ::poll(&wait, 1, static_cast<int>(patience_ms)) == 1;
  }

 private:
  const int socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un server_{};
};

TEST(StopSocketTest, ClientsThatReadNothingDoNotKeepTheAnswersFromOthers) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  const std::string socket = daemon.socket() + ".stop";
  std::vector<std::unique_ptr<DeafClient>> deaf;
  for (int i = 0; i < 40; ++i) {
    deaf.push_back(std::make_unique<DeafClient>(socket));
    for (int j = 0; j < 12; ++j) deaf.back()->Stop();
    // As long as there is an answer for each, even the last one, nobody is kept from any.
    ASSERT_TRUE(deaf.back()->IsAnswered()) << "client " << i;
  }
  const auto stop = client::StopThroughSocket(socket, "hold", "smoke", Process::kPatience);
  EXPECT_TRUE(stop.ok()) << stop.status();
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
    EXPECT_FALSE(stop->not_kept) << "it is on the disk";
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
