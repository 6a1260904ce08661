#include <array>
#include <cmath>
#include <limits>
#include <thread>

#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "server/service/motion/base_twist.h"
#include "soarm/v1/motion.grpc.pb.h"
#include "soarm/v1/state.grpc.pb.h"
#include "tests/component/service/fixture.h"
#include "tests/component/service/motion/command_client.h"

namespace soarm {
namespace {

using std::chrono::milliseconds;

class CommandStreamTest : public testing::Test {
 protected:
  static v1::CommandFrame Frame(std::uint64_t seq, double elbow_rad = 0.3) {
    v1::CommandFrame frame;
    frame.set_seq(seq);
    frame.mutable_lease()->set_epoch(77);
    frame.mutable_lease()->set_fence(3);
    frame.mutable_lease()->set_token("token");
    frame.mutable_ttl()->set_nanos(100'000'000);
    v1::JointTarget& target = *frame.mutable_joints()->add_targets();
    target.set_joint("elbow_flex");
    target.set_position_rad(elbow_rad);
    return frame;
  }
  // Sends `frame` and waits until the robot has it.
  GroupCommand Post(CommandClient& client, const v1::CommandFrame& frame) {
    const std::size_t before = served_.robot.posted().size();
    client.Send(frame);
    EXPECT_TRUE(served_.robot.WaitForPosted(before + 1));
    return served_.robot.posted().back().command;
  }
  VerdictRecord Record(const GroupCommand& command, VerdictKind kind) {
    VerdictRecord record;
    record.stream = command.stream;
    record.first_sequence = record.last_sequence = command.sequence;
    record.kind = kind;
    record.tick = 5;
    record.decided_at = served_.clock.Now();
    return record;
  }
  v1::Verdict ExpectRefusal(CommandClient& client, const v1::CommandFrame& frame,
                            v1::VerdictKind kind, const std::string& reason) {
    client.Send(frame);
    const v1::Verdict verdict = client.NextVerdict();
    EXPECT_EQ(verdict.kind(), kind) << reason;
    EXPECT_EQ(verdict.last_seq(), frame.seq());
    EXPECT_EQ(verdict.error().reason(), reason) << verdict.error().message();
    EXPECT_NE(verdict.error().fix(), "");
    return verdict;
  }

  ServedRobot served_{{"lekiwi"}};
};

TEST_F(CommandStreamTest, WhoClosesItsSideStillGetsTheVerdictOfWhatWaits) {
  CommandClient client(served_.channel);
  const GroupCommand waits = Post(client, Frame(1));
  v1::CommandFrame wrong = Frame(2);
  wrong.mutable_joints()->mutable_targets(0)->set_joint("tail");
  ExpectRefusal(client, wrong, v1::REJECTED, "UNKNOWN_JOINT");  // a later one, judged at once
  client.CloseSide();
  // Comes after that on the same connection.
  v1::StateFrame state;
  const auto context = Patiently();
  EXPECT_TRUE(v1::StateService::NewStub(served_.channel)->GetState(context.get(), {}, &state).ok());
  served_.robot.SendVerdict(Record(waits, VerdictKind::kApplied));
  const v1::Verdict verdict = client.NextVerdict();
  EXPECT_EQ(verdict.last_seq(), 1U);
  EXPECT_EQ(verdict.kind(), v1::APPLIED);
  EXPECT_TRUE(client.Finish().ok());
}

TEST_F(CommandStreamTest, SendsNumberedBeatsFromTheStartWithoutBeingAsked) {
  CommandClient client(served_.channel);
  for (std::uint64_t number = 1; number <= 3; ++number) {
    const v1::Beat beat = client.NextBeat();
    EXPECT_EQ(beat.number(), number);
    EXPECT_EQ(beat.sent_ns(), ToNanos(served_.clock.Now()));
  }
  client.Cancel();
}

TEST_F(CommandStreamTest, LeavesACommandForTheTick) {
  CommandClient client(served_.channel);
  const GroupCommand command = Post(client, Frame(1));
  EXPECT_EQ(served_.robot.posted()[0].group, "arm");
  EXPECT_EQ(command.sequence, 1);
  EXPECT_EQ(command.epoch, 77);
  EXPECT_EQ(command.fence, 3);
  EXPECT_EQ(command.joints, MaskOf(2));
  EXPECT_EQ(command.target[2], 0.3);
  EXPECT_EQ(command.not_after, served_.clock.Now() + milliseconds(100));
  client.Cancel();
}

TEST_F(CommandStreamTest, KeepsTheLeaseOfEarlierFrames) {
  CommandClient client(served_.channel);
  Post(client, Frame(1));
  v1::CommandFrame frame = Frame(2);
  frame.clear_lease();
  EXPECT_EQ(Post(client, frame).fence, 3);
  client.Cancel();
}

TEST_F(CommandStreamTest, CountsTheTtlFromWhenTheEchoedBeatWasSent) {
  CommandClient client(served_.channel);
  const v1::Beat beat = client.NextBeat();
  served_.clock.Advance(milliseconds(80));
  v1::CommandFrame frame = Frame(1);
  frame.set_beat(beat.number());
  EXPECT_EQ(Post(client, frame).not_after, FromNanos(beat.sent_ns()) + milliseconds(100));
  client.Cancel();
}

TEST_F(CommandStreamTest, ABacklogThatEchoesNothingIsLongPast) {
  CommandClient client(served_.channel);
  int acting = 0;
  for (std::uint64_t seq = 1; seq <= 40; ++seq) {  // at once, for this clock
    if (Post(client, Frame(seq)).not_after >= served_.clock.Now()) acting = static_cast<int>(seq);
  }
  EXPECT_EQ(acting, 3);
  served_.clock.Advance(milliseconds(80));
  EXPECT_EQ(Post(client, Frame(41)).not_after, MonoTime{} + milliseconds(100)) << "no sooner";
  v1::CommandFrame frame = Frame(42);
  frame.set_beat(client.NextBeat().number());
  EXPECT_GT(Post(client, frame).not_after, served_.clock.Now());
  client.Cancel();
}

TEST_F(CommandStreamTest, WhatEchoesNothingIsLongPastWhereItComesFromAnotherMachine) {
  const ScratchFolder folder;
  const std::string path = folder.Path("s");
  ServingOptions options;
  options.listen = {"unix:" + path};
  ServedRobot served({"so101"}, options);
  served.remote.callers["soarm-remote-1"] = {"192.168.1.7", "aa"};
  EXPECT_TRUE(served.clients.Add({"laptop", "aa", ClientRole::kOperator}).ok());
  CommandClient client(ConnectFrom("soarm-remote-1", path));
  client.Send(Frame(1));
  EXPECT_TRUE(served.robot.WaitForPosted(1));
  EXPECT_LT(served.robot.posted()[0].command.not_after, served.clock.Now());
  v1::CommandFrame frame = Frame(2);
  frame.set_beat(client.NextBeat().number());
  client.Send(frame);
  EXPECT_TRUE(served.robot.WaitForPosted(2));
  EXPECT_GT(served.robot.posted()[1].command.not_after, served.clock.Now());
  client.Cancel();
}

TEST_F(CommandStreamTest, AFrameThatEchoesNothingIsAsOldAsTheStreamsFirst) {
  CommandClient client(served_.channel);
  const MonoTime first = Post(client, Frame(1)).not_after;
  served_.clock.Advance(milliseconds(400));
  EXPECT_EQ(Post(client, Frame(2)).not_after, first);
  client.Cancel();
}

TEST_F(CommandStreamTest, ClampsTheTtlAndSaysSo) {
  CommandClient client(served_.channel);
  v1::CommandFrame frame = Frame(1);
  frame.mutable_ttl()->set_seconds(315'576'000'000);
  const GroupCommand command = Post(client, frame);
  EXPECT_EQ(command.not_after, served_.clock.Now() + milliseconds(500));
  served_.robot.SendVerdict(Record(command, VerdictKind::kApplied));
  const v1::Verdict verdict = client.NextVerdict();
  EXPECT_EQ(verdict.kind(), v1::APPLIED);
  EXPECT_EQ(verdict.granted_ttl().nanos(), 500'000'000);
  EXPECT_FALSE(verdict.has_error());
  frame = Frame(2);
  frame.mutable_ttl()->set_nanos(1);
  EXPECT_EQ(Post(client, frame).not_after, served_.clock.Now() + milliseconds(20));
  client.Cancel();
}

TEST_F(CommandStreamTest, AcceptsAnEndOnTheDaemonsClock) {
  CommandClient client(served_.channel);
  v1::CommandFrame frame = Frame(1);
  frame.set_not_after_ns(ToNanos(served_.clock.Now()) + 900'000'000);
  EXPECT_EQ(ToNanos(Post(client, frame).not_after), frame.not_after_ns());
  frame.set_seq(2);
  frame.set_not_after_ns(ToNanos(served_.clock.Now()) + 1'100'000'000);
  const auto ahead = ExpectRefusal(client, frame, v1::TOO_FAR_AHEAD, "TOO_FAR_AHEAD").error();
  EXPECT_EQ(ahead.facts().at("now_ns"), std::to_string(ToNanos(served_.clock.Now())));
  frame.set_seq(3);
  frame.set_not_after_ns(std::numeric_limits<std::int64_t>::max());
  ExpectRefusal(client, frame, v1::TOO_FAR_AHEAD, "TOO_FAR_AHEAD");
  client.Cancel();
}

TEST_F(CommandStreamTest, AnswersABadFrameAndLivesOn) {
  CommandClient client(served_.channel);
  v1::CommandFrame frame = Frame(1);
  frame.clear_lease();
  ExpectRefusal(client, frame, v1::REJECTED, "LEASE_MISSING");
  frame = Frame(2);
  frame.clear_ttl();
  ExpectRefusal(client, frame, v1::REJECTED, "VALIDITY_MISSING");
  frame = Frame(3);
  frame.mutable_ttl()->set_seconds(-1);
  ExpectRefusal(client, frame, v1::REJECTED, "BAD_TTL");
  frame = Frame(4);
  frame.set_beat(4711);
  ExpectRefusal(client, frame, v1::REJECTED, "UNKNOWN_BEAT");
  frame = Frame(5);
  frame.clear_joints();
  ExpectRefusal(client, frame, v1::REJECTED, "BODY_MISSING");
  ExpectRefusal(client, Frame(6, std::nan("")), v1::REJECTED, "NOT_A_NUMBER");
  frame = Frame(7);
  frame.mutable_joints()->mutable_targets(0)->set_joint("elbow");
  ExpectRefusal(client, frame, v1::REJECTED, "UNKNOWN_JOINT");
  frame = Frame(8);
  frame.mutable_joints()->mutable_targets(0)->set_opening(0.5);
  ExpectRefusal(client, frame, v1::REJECTED, "NOT_A_GRIPPER");
  frame = Frame(9);
  *frame.mutable_joints()->add_targets() = frame.joints().targets(0);
  ExpectRefusal(client, frame, v1::REJECTED, "DUPLICATE_JOINT");
  frame = Frame(10);
  frame.set_group("arm");
  frame.mutable_twist()->set_linear_x_m_s(0.1);
  ExpectRefusal(client, frame, v1::REJECTED, "NOT_A_BASE");
  ExpectRefusal(client, Frame(10), v1::REJECTED, "SEQUENCE_NOT_RISING");
  frame = Frame(11);
  frame.set_group("base");
  ExpectRefusal(client, frame, v1::REJECTED, "UNKNOWN_JOINT");
  frame = Frame(12);
  frame.mutable_lease()->set_token("guess");
  ExpectRefusal(client, frame, v1::FENCED, "LEASE_UNKNOWN");
  EXPECT_TRUE(served_.robot.posted().empty());
  EXPECT_EQ(Post(client, Frame(13)).sequence, 13);
  client.Cancel();
}

TEST_F(CommandStreamTest, TellsWhatWasClippedAndWhy) {
  CommandClient client(served_.channel);
  VerdictRecord record = Record(Post(client, Frame(1, 2.5)), VerdictKind::kClipped);
  record.clips.push_back({2, ClipKind::kPosition, 2.5, 1.5});
  served_.robot.SendVerdict(record);
  const v1::Verdict verdict = client.NextVerdict();
  EXPECT_EQ(verdict.kind(), v1::CLIPPED);
  EXPECT_EQ(verdict.tick(), 5);
  ASSERT_EQ(verdict.clips_size(), 1);
  EXPECT_EQ(verdict.clips(0).joint(), "elbow_flex");
  EXPECT_EQ(verdict.clips(0).requested(), 2.5);
  EXPECT_EQ(verdict.clips(0).applied(), 1.5);
  EXPECT_EQ(verdict.clips(0).limit(), "POSITION");
  client.Cancel();
}

TEST_F(CommandStreamTest, SaysWhyACommandWasNotFollowed) {
  CommandClient client(served_.channel);
  std::uint64_t seq = 0;
  const auto answer = [&](VerdictKind kind, HoldCause cause = HoldCause::kNone) {
    VerdictRecord record = Record(Post(client, Frame(++seq)), kind);
    record.cause = cause;
    served_.robot.SendVerdict(record);
    return client.NextVerdict();
  };
  EXPECT_EQ(answer(VerdictKind::kHeld, HoldCause::kStopped).error().reason(), "STOPPED");
  EXPECT_EQ(answer(VerdictKind::kHeld).error().reason(), "TORQUE_OFF");
  EXPECT_EQ(answer(VerdictKind::kExpired).error().reason(), "COMMAND_EXPIRED");
  EXPECT_NE(answer(VerdictKind::kExpired).error().fix().find("Beat.number"), std::string::npos);
  EXPECT_EQ(answer(VerdictKind::kFenced).error().reason(), "LEASE_LOST");
  served_.robot.Edit(0, [](BusState& state) { state.groups[0].mode = Mode::kUnknown; });
  EXPECT_EQ(answer(VerdictKind::kHeld).error().reason(), "BUS_CLOSED");
  EXPECT_FALSE(answer(VerdictKind::kSuperseded).has_error());
  client.Cancel();
}

TEST_F(CommandStreamTest, ALostLeaseEndsTheStreamWithItsReason) {
  CommandClient client(served_.channel);
  Post(client, Frame(1));
  Problem problem;
  problem.code = absl::StatusCode::kAborted;
  problem.reason = "LEASE_LOST";
  problem.message = "alice took the lease.";
  problem.facts["by"] = "alice";
  served_.robot.EndCommands(ToStatus(problem));
  const grpc::Status status = client.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(DetailOf(status).facts().at("by"), "alice");
  EXPECT_TRUE(served_.robot.WaitForCommandStreams(0));
}

TEST_F(CommandStreamTest, AStreamTooManyIsRefusedWithAReason) {
  Problem problem;
  problem.code = absl::StatusCode::kResourceExhausted;
  problem.reason = "TOO_MANY_STREAMS";
  problem.message = "Too many.";
  served_.robot.Fail("OpenCommands", ToStatus(problem));
  CommandClient client(served_.channel);
  const grpc::Status status = client.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(DetailOf(status).reason(), "TOO_MANY_STREAMS");
}

TEST_F(CommandStreamTest, ACommandWithoutALeaseOnItsGroupSaysSo) {
  CommandClient client(served_.channel);
  VerdictRecord record = Record(Post(client, Frame(1)), VerdictKind::kFenced);
  record.lease = LeaseStanding::kNotGranted;
  served_.robot.SendVerdict(record);
  EXPECT_EQ(client.NextVerdict().error().reason(), "LEASE_MISSING");
  client.Cancel();
}

TEST_F(CommandStreamTest, FramesThatNameNoLeaseEndTheStreamInTheEnd) {
  CommandClient client(served_.channel);
  v1::CommandFrame frame = Frame(1);
  frame.clear_lease();
  for (std::uint64_t i = 1; i <= 256; ++i) {
    frame.set_seq(i % 2 == 0 ? 0 : i);  // whatever else is wrong with them
    client.Send(frame);
  }
  const grpc::Status status = client.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(DetailOf(status).reason(), "LEASE_MISSING");
}

TEST_F(CommandStreamTest, AClosedOrCancelledStreamStopsDriving) {
  CommandClient closing(served_.channel);
  CommandClient cancelling(served_.channel);
  ASSERT_TRUE(served_.robot.WaitForCommandStreams(2));
  Post(closing, Frame(1));
  closing.CloseSide();
  EXPECT_TRUE(closing.Finish().ok());
  EXPECT_TRUE(served_.robot.WaitForCommandStreams(1));
  cancelling.Cancel();
  EXPECT_TRUE(served_.robot.WaitForCommandStreams(0));
}

// Over a socket: gRPC's in-process transport drops what a client has not asked for yet.
TEST_F(CommandStreamTest, AShutdownEndsTheStreamWithAReason) {
  const ScratchFolder folder;
  ServingOptions options;
  options.listen = {"unix:" + folder.Path("soarmd.sock")};
  ServedRobot served({"lekiwi"}, options);
  CommandClient client(grpc::CreateChannel(options.listen[0], grpc::InsecureChannelCredentials()));
  client.Send(Frame(1));
  ASSERT_TRUE(served.robot.WaitForPosted(1));
  std::thread shutdown([&served] { served.server->Shutdown(); });
  const grpc::Status status = client.Finish();
  shutdown.join();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(DetailOf(status).reason(), "SHUTTING_DOWN");
  EXPECT_EQ(served.robot.open_command_streams(), 0);
}

TEST_F(CommandStreamTest, DrivesTheBaseByTwistsOfAShorterLife) {
  CommandClient client(served_.channel);
  v1::CommandFrame frame = Frame(1);
  frame.mutable_ttl()->set_nanos(400'000'000);
  frame.mutable_twist()->set_linear_x_m_s(0.1);
  const GroupCommand command = Post(client, frame);
  EXPECT_EQ(served_.robot.posted()[0].group, "base");
  EXPECT_EQ(command.joints, MaskOf(6) | MaskOf(7) | MaskOf(8));
  EXPECT_NEAR(command.target[6], -std::sqrt(3.0), 1e-9);
  EXPECT_NEAR(command.target[7], 0, 1e-9);
  EXPECT_NEAR(command.target[8], std::sqrt(3.0), 1e-9);
  EXPECT_EQ(command.not_after, served_.clock.Now() + milliseconds(250));
  client.Cancel();
}

TEST_F(CommandStreamTest, ScalesATwistDownAsAWholeAndCallsThatClipped) {
  CommandClient client(served_.channel);
  v1::CommandFrame frame = Frame(1);
  frame.mutable_twist()->set_linear_x_m_s(1);
  frame.mutable_twist()->set_angular_rad_s(2);
  const GroupCommand command = Post(client, frame);
  const std::array<double, 3> asked = WheelSpeeds(1, 0, 2);
  EXPECT_NEAR(command.target[8], 4.6, 1e-9);
  for (std::size_t wheel = 0; wheel < 3; ++wheel) {
    EXPECT_NEAR(command.target[6 + wheel] * asked[2], asked[wheel] * 4.6, 1e-6);
  }
  served_.robot.SendVerdict(Record(command, VerdictKind::kApplied));
  const v1::Verdict verdict = client.NextVerdict();
  EXPECT_EQ(verdict.kind(), v1::CLIPPED);
  ASSERT_EQ(verdict.clips_size(), 3);
  EXPECT_EQ(verdict.clips(0).joint(), "left_wheel");
  EXPECT_EQ(verdict.clips(0).limit(), "VELOCITY");
  client.Cancel();
}

TEST(WheelSpeedsTest, TurnsAllWheelsAlikeAndSlidesSidewaysWithTheBackWheel) {
  for (const double speed : WheelSpeeds(0, 0, 1)) EXPECT_NEAR(speed, 2.5, 1e-9);
  const std::array<double, 3> left = WheelSpeeds(0, 0.1, 0);
  EXPECT_NEAR(left[0], 1, 1e-9);
  EXPECT_NEAR(left[1], -2, 1e-9);
  EXPECT_NEAR(left[2], 1, 1e-9);
}

}  // namespace
}  // namespace soarm
