#include <memory>
#include <string>
#include <thread>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include "soarm/v1/clock.grpc.pb.h"
#include "tests/component/service/fixture.h"

namespace soarm {
namespace {

class ClockServiceTest : public testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    context_ = Patiently();
    stream_ = stub_->Sync(context_.get());
  }
  v1::ClockPong Ask(std::int64_t sent_ns) {
    v1::ClockPing ping;
    ping.set_client_sent_ns(sent_ns);
    EXPECT_TRUE(stream_->Write(ping));
    v1::ClockPong pong;
    EXPECT_TRUE(stream_->Read(&pong));
    return pong;
  }
  grpc::Status End() {
    EXPECT_TRUE(stream_->WritesDone());
    v1::ClockPong pong;
    EXPECT_FALSE(stream_->Read(&pong));
    return stream_->Finish();
  }

  static ServingOptions ListeningAt(const std::string& address) {
    ServingOptions options;
    options.listen = {address};
    return options;
  }

  // Over a socket: gRPC's in-process transport has no room for what nobody reads yet.
  const ScratchFolder folder_;
  const std::string address_ = "unix:" + folder_.Path("soarmd.sock");
  ServedRobot served_{{"so101"}, ListeningAt(address_)};
  std::unique_ptr<v1::ClockService::Stub> stub_ =
      v1::ClockService::NewStub(grpc::CreateChannel(address_, grpc::InsecureChannelCredentials()));
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ClockPing, v1::ClockPong>> stream_;
};

TEST_F(ClockServiceTest, AnswersWithTheDaemonsClockAndThePingsOwnStamp) {
  for (const std::int64_t sent : {-7L, 0L, 1234567890123L}) {
    const v1::ClockPong pong = Ask(sent);
    EXPECT_EQ(pong.client_sent_ns(), sent);
    EXPECT_EQ(pong.received_ns(), ToNanos(served_.clock.Now()));
    EXPECT_EQ(pong.sent_ns(), pong.received_ns());
    EXPECT_NE(pong.clock_id(), 0U);
    EXPECT_NE(pong.wall_offset_ns(), 0);
    served_.clock.Advance(std::chrono::milliseconds(3));
  }
  EXPECT_TRUE(End().ok());
}

TEST_F(ClockServiceTest, NamesAnotherClockAfterASuspend) {
  const std::uint64_t before = Ask(1).clock_id();
  EXPECT_EQ(Ask(2).clock_id(), before);
  served_.clock.Suspend(std::chrono::seconds(5));
  EXPECT_NE(Ask(3).clock_id(), before);
}

TEST_F(ClockServiceTest, AnswersEveryPingOfABurstInOrder) {
  constexpr int kPings = 500;
  for (int i = 0; i < kPings; ++i) {
    v1::ClockPing ping;
    ping.set_client_sent_ns(i);
    ASSERT_TRUE(stream_->Write(ping));
  }
  for (int i = 0; i < kPings; ++i) {
    v1::ClockPong pong;
    ASSERT_TRUE(stream_->Read(&pong));
    EXPECT_EQ(pong.client_sent_ns(), i);
  }
  EXPECT_TRUE(End().ok());
}

TEST_F(ClockServiceTest, SaysWhyItEndsWithTheDaemon) {
  Ask(1);
  std::thread shutdown([this] { served_.server->Shutdown(); });
  v1::ClockPong pong;
  EXPECT_FALSE(stream_->Read(&pong));
  shutdown.join();
  EXPECT_EQ(DetailOf(stream_->Finish()).reason(), "SHUTTING_DOWN");
}

}  // namespace
}  // namespace soarm
