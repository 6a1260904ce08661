#include <cstdint>
#include <memory>

#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "soarm/v1/motion.grpc.pb.h"
#include "tests/component/service/fixture.h"

namespace soarm {
namespace {

class BadFramesTest : public testing::Test {
 protected:
  // How a stream ends that sends so many frames which make no sense.
  grpc::Status SendBad(int frames) {
    const auto context = Patiently();
    const auto stub = v1::MotionService::NewStub(served_.channel);
    const auto stream = stub->StreamCommands(context.get());
    v1::CommandFrame frame;  // without body and end
    frame.mutable_lease()->set_fence(12345);
    for (int i = 1; i <= frames; ++i) {
      frame.set_seq(i % 2 == 0 ? 0 : static_cast<std::uint64_t>(i));  // or without a number
      stream->Write(frame);
    }
    stream->WritesDone();
    v1::CommandEvent event;
    while (stream->Read(&event)) {
    }
    return stream->Finish();
  }

  ServedRobot served_;
};

TEST_F(BadFramesTest, OfNoLeaseThatStandsEndTheStreamWithItsReason) {
  Problem lost;
  lost.code = absl::StatusCode::kFailedPrecondition;
  lost.reason = "LEASE_LOST";
  lost.message = "It is over.";
  served_.robot.Fail("CheckLease", ToStatus(lost));
  EXPECT_TRUE(SendBad(255).ok());
  EXPECT_EQ(DetailOf(SendBad(256)).reason(), "LEASE_LOST");
}

TEST_F(BadFramesTest, OfAHolderEndNoStream) { EXPECT_TRUE(SendBad(600).ok()); }

}  // namespace
}  // namespace soarm
