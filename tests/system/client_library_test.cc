// The C++ client library against the daemon.

#include <csignal>
#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/support/client_callback.h>
#include <gtest/gtest.h>

#include "clients/cpp/command_stream.h"
#include "clients/cpp/error.h"
#include "clients/cpp/state_watch.h"
#include "common/base/problem.h"
#include "soarm/v1/state.grpc.pb.h"
#include "tests/system/driving.h"

namespace soarm::test {
namespace {

constexpr int kMoreThanFit = 260;  // the daemon allows 256 on a connection

// A stream that stays open and is hardly ever written to.
class SlowStream final : public grpc::ClientReadReactor<v1::StateFrame> {
 public:
  explicit SlowStream(v1::StateService::Stub& stub) {
    request_.set_rate_hz(0.01);
    stub.async()->WatchState(&context_, &request_, this);
    StartRead(&frame_);
    StartCall();
  }
  ~SlowStream() override {
    context_.TryCancel();
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return ended_; });
  }
  SlowStream(const SlowStream&) = delete;
  SlowStream& operator=(const SlowStream&) = delete;

  void OnReadDone(bool ok) override {
    if (ok) StartRead(&frame_);
  }
  void OnDone(const grpc::Status&) override {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    done_.notify_all();
  }

 private:
  grpc::ClientContext context_;
  v1::WatchStateRequest request_;
  v1::StateFrame frame_;
  std::mutex mutex_;
  std::condition_variable done_;
  bool ended_ = false;
};

TEST(ClientLibraryTest, AStopLeavesWhateverFillsTheConnection) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  client::Connection& connection = daemon.connection();
  const auto stub = v1::StateService::NewStub(connection.channel());
  std::vector<std::unique_ptr<SlowStream>> streams;
  for (int i = 0; i < kMoreThanFit; ++i) streams.push_back(std::make_unique<SlowStream>(*stub));
  // Full: nothing else leaves any more.
  ASSERT_TRUE(Eventually([&] {
    const auto state = connection.Call(client::kGetState, v1::GetStateRequest(),
                                       {.timeout = std::chrono::milliseconds(300)});
    return absl::IsDeadlineExceeded(state.status());
  }));
  const auto stop =
      connection.Call(client::kStop, v1::StopRequest(), {.timeout = Process::kPatience});
  EXPECT_TRUE(stop.ok()) << stop.status();
}

TEST(ClientLibraryTest, AWatchBeginsAnewWithTheDaemonAndWhatMovesDoesNot) {
  const TemporaryFolder folder;
  auto daemon = std::make_unique<RunningDaemon>(folder, std::vector<std::string>{"--sim"});
  ASSERT_TRUE(daemon->WaitForFreshJoints(6));
  const auto connection = Connect("unix:" + daemon->socket());
  client::StateWatch watch(*connection, "", 50.0);
  ASSERT_TRUE(watch.First(Process::kPatience).ok());
  absl::Status lost;
  std::mutex mutex;
  client::LeaseOptions options;
  options.on_lost = [&](const absl::Status& why) {
    const std::lock_guard lock(mutex);
    lost = why;
  };
  const auto lease = client::Lease::Acquire(*connection, options);
  ASSERT_TRUE(lease.ok()) << lease.status();
  client::CommandStream commands(*connection,
                                 {.lease = (*lease)->ref(), .group = "arm", .on_verdict = {}});

  daemon->process().Signal(SIGKILL);
  daemon->process().WaitForExit();
  EXPECT_TRUE(Eventually([&] { return absl::IsUnavailable(watch.status()); }));
  EXPECT_TRUE(Eventually([&] { return commands.ended() && !commands.status().ok(); }));
  EXPECT_EQ(ProblemOf(commands.status()).reason, client::kDaemonUnreachable);
  EXPECT_TRUE(Eventually([&] { return (*lease)->lost(); }));
  {
    const std::lock_guard lock(mutex);
    EXPECT_EQ(ProblemOf(lost).reason, client::kDaemonUnreachable);
  }
  EXPECT_FALSE(connection->Call(client::kGetInfo, v1::GetInfoRequest()).ok());

  const std::int64_t before_ns = watch.Newest()->sampled_ns();
  daemon.reset();
  daemon = std::make_unique<RunningDaemon>(folder, std::vector<std::string>{"--sim"});
  EXPECT_TRUE(
      Eventually([&] { return watch.status().ok() && watch.Newest()->sampled_ns() > before_ns; }));
  EXPECT_TRUE(connection->Call(client::kGetInfo, v1::GetInfoRequest()).ok());
  EXPECT_TRUE((*lease)->lost());
  EXPECT_TRUE(commands.ended());
  EXPECT_EQ(commands.Post(Target("shoulder_pan", 0.1)), 0U);
}

TEST(ClientLibraryTest, AWatchOfWhatDoesNotExistIsNotTriedAgain) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  client::StateWatch watch(daemon.connection(), "tail", 50.0);
  EXPECT_EQ(ProblemOf(watch.First(Process::kPatience).status()).reason, "UNKNOWN_GROUP");
}

TEST(ClientLibraryTest, AClientThatPingsEverySecondIsNotCutOff) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1000);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto stub = v1::StateService::NewStub(grpc::CreateCustomChannel(
      "unix:" + daemon.socket(), grpc::InsecureChannelCredentials(), arguments));
  grpc::ClientContext context;
  v1::WatchStateRequest request;
  request.set_rate_hz(0.15);  // some pings lie between two frames
  const auto stream = stub->WatchState(&context, request);
  v1::StateFrame frame;
  EXPECT_TRUE(stream->Read(&frame));
  EXPECT_TRUE(stream->Read(&frame)) << stream->Finish().error_message();
  context.TryCancel();
}

}  // namespace
}  // namespace soarm::test
