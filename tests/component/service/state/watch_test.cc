#include <cmath>

#include <gtest/gtest.h>

#include "soarm/v1/state.grpc.pb.h"
#include "tests/component/service/fixture.h"

namespace soarm {
namespace {

class WatchStateTest : public testing::Test {
 protected:
  // A call that is open and listening.
  struct Watch {
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::ClientReader<v1::StateFrame>> reader;
    v1::StateFrame Next() {
      v1::StateFrame frame;
      EXPECT_TRUE(reader->Read(&frame));
      return frame;
    }
  };

  Watch Open(double rate_hz, const std::string& group = "") {
    v1::WatchStateRequest request;
    request.set_rate_hz(rate_hz);
    request.set_group(group);
    Watch watch{Patiently(), nullptr};
    watch.reader = stub_->WatchState(watch.context.get(), request);
    EXPECT_TRUE(served_.robot.WaitForListeners(ServedRobot::kOwnListeners + ++open_));
    return watch;
  }
  grpc::Status RefusalOf(double rate_hz, const std::string& group) {
    v1::WatchStateRequest request;
    request.set_rate_hz(rate_hz);
    request.set_group(group);
    const auto context = Patiently();
    const auto reader = stub_->WatchState(context.get(), request);
    v1::StateFrame frame;
    EXPECT_FALSE(reader->Read(&frame));
    return reader->Finish();
  }

  ServedRobot served_;
  std::unique_ptr<v1::StateService::Stub> stub_ = v1::StateService::NewStub(served_.channel);
  std::size_t open_ = 0;
};

TEST_F(WatchStateTest, SendsTheStateAtOnceAndThenEveryTick) {
  Watch watch = Open(200);
  const std::uint64_t first = watch.Next().seq();
  for (std::uint64_t tick = 1; tick <= 5; ++tick) {
    served_.robot.Tick();
    const v1::StateFrame frame = watch.Next();
    EXPECT_EQ(frame.seq(), first + tick);
    EXPECT_EQ(frame.groups(0).joints_size(), 6);
    EXPECT_EQ(frame.skipped(), 0);
  }
  watch.context->TryCancel();
}

TEST_F(WatchStateTest, KeepsTheRateAskedFor) {
  Watch watch = Open(50);
  std::uint64_t last = watch.Next().seq();
  for (int tick = 0; tick < 40; ++tick) {
    served_.clock.Advance(std::chrono::milliseconds(5));
    served_.robot.Tick();
    if (tick % 4 != 3) continue;
    const v1::StateFrame frame = watch.Next();
    EXPECT_EQ(frame.seq(), last + 4);
    EXPECT_EQ(frame.skipped(), 0);
    last = frame.seq();
  }
  watch.context->TryCancel();
}

TEST_F(WatchStateTest, ASlowWatcherLosesFramesAndDelaysNobody) {
  Watch slow = Open(200);
  Watch fast = Open(200);
  const std::uint64_t first = fast.Next().seq();
  constexpr std::uint64_t kTicks = 500;
  for (std::uint64_t tick = 1; tick <= kTicks; ++tick) {
    served_.robot.Tick();
    EXPECT_EQ(fast.Next().seq(), first + tick);
  }
  // Every state is either sent or counted.
  std::uint64_t seen = 0;
  std::uint64_t newest = 0;
  while (newest < first + kTicks) {
    const v1::StateFrame frame = slow.Next();
    seen += 1 + frame.skipped();
    newest = frame.seq();
  }
  EXPECT_EQ(seen, kTicks + 1);
  slow.context->TryCancel();
  fast.context->TryCancel();
}

TEST_F(WatchStateTest, ACancelledWatcherLeavesNothingBehind) {
  Watch watch = Open(200);
  watch.context->TryCancel();
  EXPECT_TRUE(served_.robot.WaitForListeners(ServedRobot::kOwnListeners));
  EXPECT_EQ(watch.reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(WatchStateTest, RefusesABadRateAndAnUnknownGroup) {
  for (const double rate_hz : {-1.0, std::nan(""), HUGE_VAL, 1e-9}) {
    const grpc::Status status = RefusalOf(rate_hz, "arm");
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << rate_hz;
    EXPECT_EQ(DetailOf(status).reason(), "BAD_RATE") << rate_hz;
  }
  EXPECT_EQ(DetailOf(RefusalOf(20, "elbow")).reason(), "UNKNOWN_GROUP");
}

TEST_F(WatchStateTest, RefusesBytesThatAreNoRequest) {
  const grpc::Status watched =
      CallRaw(served_.channel, "/soarm.v1.StateService/WatchState", "\xff\xff\xff");
  EXPECT_EQ(watched.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailOf(watched).reason(), "MALFORMED_REQUEST");
  EXPECT_FALSE(CallRaw(served_.channel, "/soarm.v1.StateService/GetState", "\xff\xff").ok());
  EXPECT_EQ(CallRaw(served_.channel, "/soarm.v1.StateService/Dance", "").error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_TRUE(CallRaw(served_.channel, "/soarm.v1.StateService/GetState", "").ok());
}

TEST_F(WatchStateTest, EndsWithAReasonWhenTheDaemonShutsDown) {
  Watch watch = Open(200);
  watch.Next();
  served_.server->Shutdown();
  v1::StateFrame frame;
  while (watch.reader->Read(&frame)) {
  }
  const grpc::Status status = watch.reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(DetailOf(status).reason(), "SHUTTING_DOWN");
  EXPECT_EQ(served_.robot.listener_count(), ServedRobot::kOwnListeners);
}

}  // namespace
}  // namespace soarm
