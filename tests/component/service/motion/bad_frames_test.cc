#include <cstdint>
#include <memory>
#include <vector>

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

// Those that make sense and those that make none are counted together.
TEST_F(BadFramesTest, AmongOthersOfNoLeaseEndTheStreamAsSoon) {
  Problem lost;
  lost.code = absl::StatusCode::kFailedPrecondition;
  lost.reason = "LEASE_LOST";
  lost.message = "It is over.";
  served_.robot.Fail("CheckLease", ToStatus(lost));
  const auto context = Patiently();
  const auto stream = v1::MotionService::NewStub(served_.channel)->StreamCommands(context.get());
  v1::CommandFrame bad;
  bad.mutable_lease()->set_token("another's");
  v1::CommandFrame good = bad;
  good.set_group("arm");
  good.mutable_ttl()->set_nanos(100'000'000);
  v1::JointTarget& target = *good.mutable_joints()->add_targets();
  target.set_joint("elbow_flex");
  target.set_position_rad(0.1);
  for (std::uint64_t seq = 1; seq <= 256; ++seq) {
    v1::CommandFrame& frame = seq % 2 == 0 ? bad : good;
    frame.set_seq(seq);
    stream->Write(frame);
  }
  std::uint64_t judged = 0;
  v1::CommandEvent event;
  while (stream->Read(&event)) {
    if (event.has_verdict()) judged += event.verdict().last_seq() - event.verdict().first_seq() + 1;
  }
  EXPECT_EQ(DetailOf(stream->Finish()).reason(), "LEASE_LOST");
  EXPECT_EQ(judged, 256u);
}

TEST_F(BadFramesTest, AreToldOnceATick) {
  served_.robot.set_rate_hz(0.01);  // no tick comes before the end
  const auto context = Patiently();
  const auto stub = v1::MotionService::NewStub(served_.channel);
  const auto stream = stub->StreamCommands(context.get());
  v1::CommandFrame frame;
  frame.mutable_lease()->set_token("token");
  for (std::uint64_t seq = 1; seq <= 500; ++seq) {
    frame.set_seq(seq);
    ASSERT_TRUE(stream->Write(frame));
  }
  stream->WritesDone();
  std::vector<v1::Verdict> verdicts;
  v1::CommandEvent event;
  while (stream->Read(&event)) {
    if (event.has_verdict()) verdicts.push_back(event.verdict());
  }
  EXPECT_TRUE(stream->Finish().ok());
  ASSERT_FALSE(verdicts.empty());
  EXPECT_LE(verdicts.size(), 2u) << "what is there when the stream is free, the others together";
  EXPECT_EQ(verdicts.front().first_seq(), 1u);
  EXPECT_EQ(verdicts.back().last_seq(), 500u);
  EXPECT_EQ(verdicts.back().first_seq(),
            verdicts.size() == 1 ? 1u : verdicts.front().last_seq() + 1);
  EXPECT_EQ(verdicts.back().error().reason(), "BODY_MISSING");
}

TEST_F(BadFramesTest, ForAKindOfGroupThatIsNotThereSaySo) {
  const auto context = Patiently();
  const auto stream = v1::MotionService::NewStub(served_.channel)->StreamCommands(context.get());
  v1::CommandFrame frame;
  frame.set_seq(1);
  frame.mutable_lease()->set_token("token");
  frame.mutable_ttl()->set_nanos(100'000'000);
  frame.mutable_twist()->set_linear_x_m_s(0.1);
  ASSERT_TRUE(stream->Write(frame));
  v1::CommandEvent event;
  while (!event.has_verdict()) ASSERT_TRUE(stream->Read(&event));
  EXPECT_EQ(event.verdict().kind(), v1::REJECTED);
  EXPECT_EQ(event.verdict().error().reason(), "NO_SUCH_GROUP");
  context->TryCancel();
  stream->Finish();
}

TEST_F(BadFramesTest, OfAHolderEndNoStream) { EXPECT_TRUE(SendBad(600).ok()); }

}  // namespace
}  // namespace soarm
