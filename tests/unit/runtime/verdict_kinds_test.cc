#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/runtime/live_runtime.h"

namespace soarm {
namespace {

using namespace std::chrono_literals;

// One stream of commands to the arm, each of which gets one verdict.
class JudgedStream {
 public:
  explicit JudgedStream(SteppedRuntime& runtime) : runtime_(runtime) {
    Robot::CommandListener listener;
    listener.verdict = [this](const VerdictRecord& record) {
      for (auto i = record.first_sequence; i <= record.last_sequence; ++i) verdicts_[i] = record;
    };
    number_ = runtime_.robot->OpenCommands(std::move(listener)).value();
  }
  ~JudgedStream() { runtime_.robot->CloseCommands(number_); }

  // What a client in order would send now: a place close by, valid for 200 ms.
  GroupCommand Command() {
    GroupCommand command;
    command.stream = number_;
    command.sequence = ++sequence_;
    command.epoch = runtime_.lease.epoch;
    command.fence = runtime_.lease.fence;
    command.received_at = runtime_.clock.Now();
    command.not_after = command.received_at + 200ms;
    command.joints = MaskOf(0);
    command.target[0] = runtime_.robot->State(0).joints[0].sample.position_rad;
    return command;
  }
  void Post(const GroupCommand& command) {
    LeaseRef lease = runtime_.lease;
    lease.fence = command.fence;
    runtime_.robot->PostCommand(runtime_.arm(), lease, command);
  }
  VerdictRecord VerdictOf(std::uint64_t sequence) {
    runtime_.Step(2);
    EXPECT_TRUE(verdicts_.contains(sequence)) << sequence;
    return verdicts_[sequence];
  }
  VerdictRecord Judge(const std::function<void(GroupCommand&)>& change = {}) {
    GroupCommand command = Command();
    if (change) change(command);
    Post(command);
    return VerdictOf(command.sequence);
  }

 private:
  SteppedRuntime& runtime_;
  std::uint64_t number_ = 0;
  std::uint64_t sequence_ = 0;
  std::map<std::uint64_t, VerdictRecord> verdicts_;
};

void EnableArm(SteppedRuntime& runtime) {
  std::optional<absl::Status> answer;
  runtime.robot->EnableTorque(runtime.arm(), runtime.lease,
                              [&](const absl::Status& status) { answer = status; });
  for (int i = 0; i < 200 && !answer; ++i) runtime.Step(1);
  ASSERT_TRUE(answer && answer->ok());
}

// The table of VerdictKind in motion.proto, row by row.
TEST(VerdictKindsTest, EachIsGivenForWhatTheContractSays) {
  SteppedRuntime runtime;
  JudgedStream stream(runtime);
  EXPECT_EQ(stream.Judge().kind, VerdictKind::kHeld) << "limp: the mode keeps it from following";

  EnableArm(runtime);
  EXPECT_EQ(stream.Judge().kind, VerdictKind::kApplied);
  const VerdictRecord clipped = stream.Judge([](GroupCommand& command) { command.target[0] = 1; });
  EXPECT_EQ(clipped.kind, VerdictKind::kClipped);
  ASSERT_EQ(clipped.clips.size(), 1U);
  EXPECT_NE(clipped.clips[0].kind, ClipKind::kNone);

  const GroupCommand older = stream.Command();
  stream.Post(older);
  const GroupCommand newer = stream.Command();
  stream.Post(newer);
  EXPECT_EQ(stream.VerdictOf(older.sequence).kind, VerdictKind::kSuperseded);
  EXPECT_NE(stream.VerdictOf(newer.sequence).kind, VerdictKind::kSuperseded);

  EXPECT_EQ(stream
                .Judge([&](GroupCommand& command) {
                  command.received_at = runtime.clock.Now() - 300ms;
                  command.not_after = runtime.clock.Now() - 100ms;
                })
                .kind,
            VerdictKind::kExpired);
  EXPECT_EQ(
      stream.Judge([](GroupCommand& command) { command.not_after = command.received_at + 501ms; })
          .kind,
      VerdictKind::kTooFarAhead);
  EXPECT_EQ(stream.Judge([](GroupCommand& command) { ++command.fence; }).kind,
            VerdictKind::kFenced);
  EXPECT_EQ(stream.Judge([](GroupCommand& command) { command.target[0] = std::nan(""); }).kind,
            VerdictKind::kRejected);
  EXPECT_EQ(stream.Judge([](GroupCommand& command) { command.joints = MaskOf(7); }).kind,
            VerdictKind::kRejected);
}

TEST(VerdictKindsTest, HeldIsForAStopAFaultAndTheModeAndSaysWhich) {
  SteppedRuntime runtime;
  JudgedStream stream(runtime);
  const VerdictRecord limp = stream.Judge();
  EXPECT_EQ(limp.kind, VerdictKind::kHeld);
  EXPECT_EQ(limp.cause, HoldCause::kNone) << "by its mode, which the state shows";
  EnableArm(runtime);

  runtime.robot->Stop({}, StopLevel::kHold, "test", "test");
  const VerdictRecord stopped = stream.Judge();
  EXPECT_EQ(stopped.kind, VerdictKind::kHeld);
  EXPECT_EQ(stopped.cause, HoldCause::kStopped);
  runtime.robot->ClearStop("", [](const ClearReport&) {}).IgnoreError();
  runtime.Step(5);
  const VerdictRecord before_clear = stream.Judge();
  EXPECT_EQ(before_clear.kind, VerdictKind::kHeld) << "its stream is older than the clear";
  EXPECT_EQ(before_clear.cause, HoldCause::kStopped);

  JudgedStream next(runtime);
  EXPECT_EQ(next.Judge().kind, VerdictKind::kApplied);
  runtime.bus->joint(1).standing_faults = FaultSet::Bit(Fault::kOverload);
  runtime.Step(2);
  const VerdictRecord faulty = next.Judge();
  EXPECT_EQ(faulty.kind, VerdictKind::kHeld);
  EXPECT_EQ(faulty.cause, HoldCause::kFault);
  runtime.bus->joint(1).standing_faults = 0;

  runtime.bus->present = false;
  runtime.Step(5);
  EXPECT_EQ(next.Judge().kind, VerdictKind::kHeld) << "its bus is not open";
}

}  // namespace
}  // namespace soarm
