#include "server/runtime/robot_runtime.h"

#include <condition_variable>
#include <future>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "tests/fakes/fake_bus.h"

namespace soarm {
namespace {

using namespace std::chrono_literals;

// A completion that a test can wait for.
struct Awaited {
  Completion Done() {
    return [promise = promise_](const absl::Status& status) { promise->set_value(status); };
  }
  absl::Status Wait() { return future_.get(); }

 private:
  std::shared_ptr<std::promise<absl::Status>> promise_ =
      std::make_shared<std::promise<absl::Status>>();
  std::future<absl::Status> future_ = promise_->get_future();
};

// The whole runtime over fake buses, with its real threads. Tests wait for answers, never for time.
struct LiveRuntime {
  explicit LiveRuntime(const std::string& model_name = "so101") {
    control::ControlOptions options;
    options.rate_hz = 500;
    const RobotModel model = *FindRobotModel(model_name);
    auto owned = std::make_unique<FakeBus>(model, clock);
    bus = owned.get();
    std::vector<RobotRuntime::BusPart> parts;
    parts.push_back({"/dev/fake", {"bus", model, std::move(owned)}});
    robot.emplace(std::move(parts), options, clock);
  }
  void Start() {
    ASSERT_TRUE(robot->Start().ok());
    // The first answer of an open bus: before it, calls are refused as BUS_NOT_OPEN.
    LeaseRequest request;
    request.client_name = "test";
    request.ttl = 60s;
    lease = robot->AcquireLease(request)->ref;
    absl::Status enabled;
    do {
      Awaited answer;
      robot->EnableTorque(arm(), lease, answer.Done());
      enabled = answer.Wait();
    } while (absl::IsUnavailable(enabled));
    ASSERT_TRUE(enabled.ok()) << enabled;
  }
  absl::Status ReleaseTorque() {
    Awaited answer;
    robot->ReleaseTorque(arm(), lease, answer.Done());
    return answer.Wait();
  }
  const GroupInfo& arm() const { return robot->groups()[0]; }
  MoveRequest MoveOf(double target_rad, Nanos at_least) const {
    MoveRequest request;
    request.lease = lease;
    request.joints = MaskOf(0);
    request.target_rad[0] = target_rad;
    request.at_least = at_least;
    request.speed_scale = 1;
    return request;
  }

  MonotonicClock clock;
  FakeBus* bus = nullptr;  // its script before Start() and after the end only
  std::optional<RobotRuntime> robot;
  LeaseRef lease;
};

void IgnoreProgress(const MoveProgress&) {}

TEST(RobotRuntimeTest, TheNewerOfTwoMovesWinsHoweverCloseTheyCome) {
  LiveRuntime live;
  live.Start();
  for (int i = 0; i < 100; ++i) {
    Awaited older;
    Awaited newer;
    live.robot->StartMove(live.MoveOf(0.5, 100s), IgnoreProgress, older.Done());
    const std::uint64_t second =
        live.robot->StartMove(live.MoveOf(-0.5, 100s), IgnoreProgress, newer.Done());
    EXPECT_EQ(ProblemOf(older.Wait()).reason, "INTERRUPTED");
    live.robot->CancelMove(second);
    EXPECT_EQ(newer.Wait().code(), absl::StatusCode::kCancelled);
  }
}

TEST(RobotRuntimeTest, AMoveCancelledBeforeItsTickIsCancelledAllTheSame) {
  LiveRuntime live;
  live.Start();
  for (int i = 0; i < 100; ++i) {
    Awaited answer;
    live.robot->CancelMove(
        live.robot->StartMove(live.MoveOf(0.5, 100s), IgnoreProgress, answer.Done()));
    EXPECT_EQ(answer.Wait().code(), absl::StatusCode::kCancelled);
  }
  EXPECT_EQ(live.robot->State(0).groups[0].mode, Mode::kHold);
}

TEST(RobotRuntimeTest, TorqueOffAskedAfterTorqueOnComesAfterIt) {
  LiveRuntime live;
  live.Start();
  for (int i = 0; i < 20; ++i) {
    Awaited on;
    Awaited off;
    live.robot->EnableTorque(live.arm(), live.lease, on.Done());
    live.robot->ReleaseTorque(live.arm(), live.lease, off.Done());
    EXPECT_TRUE(on.Wait().ok());
    EXPECT_TRUE(off.Wait().ok());
    EXPECT_EQ(live.robot->State(0).groups[0].mode, Mode::kLimp);
  }
}

TEST(RobotRuntimeTest, ACancelledOperationIsAnsweredOnceAndSoAreThoseBehindIt) {
  LiveRuntime live;
  live.Start();
  ASSERT_TRUE(live.ReleaseTorque().ok());
  Awaited enable;
  live.robot->CancelOperation(live.robot->EnableTorque(live.arm(), live.lease, enable.Done()));
  EXPECT_EQ(enable.Wait().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(live.ReleaseTorque().ok());
  live.robot->CancelOperation(0);
  live.robot->CancelOperation(12345);
}

TEST(RobotRuntimeTest, RefusalsComeAsAnswersToo) {
  LiveRuntime live;
  live.Start();
  Awaited enable;
  live.robot->EnableTorque(live.arm(), {}, enable.Done());
  EXPECT_EQ(ProblemOf(enable.Wait()).reason, "LEASE_MISSING");
  Awaited move;
  MoveRequest request = live.MoveOf(50, 0s);
  live.robot->StartMove(request, IgnoreProgress, move.Done());
  EXPECT_EQ(ProblemOf(move.Wait()).reason, "OUTSIDE_RANGE");
}

// A stream of commands and what its listener was told.
struct Stream {
  explicit Stream(LiveRuntime& runtime) : live(runtime) {
    Robot::CommandListener listener;
    listener.verdict = [this](const VerdictRecord& record) {
      const std::lock_guard lock(mutex);
      verdicts.push_back(record);
      changed.notify_all();
    };
    listener.ended = [this](const absl::Status& why) {
      const std::lock_guard lock(mutex);
      ended = why;
      changed.notify_all();
    };
    number = live.robot->OpenCommands(std::move(listener)).value();
  }
  ~Stream() { live.robot->CloseCommands(number); }

  void Post(std::uint64_t sequence, const LeaseRef& lease, double target_rad = 0.1) {
    GroupCommand command;
    command.stream = number;
    command.sequence = sequence;
    command.epoch = lease.epoch;
    command.fence = lease.fence;
    command.received_at = live.clock.Now();
    command.not_after = command.received_at + 400ms;
    command.joints = MaskOf(0);
    command.target[0] = target_rad;
    live.robot->PostCommand(live.arm(), lease, command);
  }
  template <typename Condition>
  bool Await(Condition condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 30s, condition);
  }
  // How often each sequence was judged, after `last` was.
  std::map<std::uint64_t, int> JudgedUpTo(std::uint64_t last) {
    std::map<std::uint64_t, int> judged;
    Await([&] {
      judged.clear();
      for (const VerdictRecord& record : verdicts) {
        for (auto i = record.first_sequence; i <= record.last_sequence; ++i) ++judged[i];
      }
      return judged.size() >= last;
    });
    return judged;
  }

  LiveRuntime& live;
  std::uint64_t number = 0;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<VerdictRecord> verdicts;
  std::optional<absl::Status> ended;
};

TEST(CommandStreamsTest, EveryCommandOfManyStreamsGetsExactlyOneVerdict) {
  LiveRuntime live;
  live.Start();
  constexpr std::uint64_t kCommands = 3000;
  Stream first(live);
  Stream second(live);
  std::vector<std::thread> senders;
  for (Stream* stream : {&first, &second}) {
    senders.emplace_back([&live, stream] {
      for (std::uint64_t i = 1; i <= kCommands; ++i) stream->Post(i, live.lease);
    });
  }
  for (std::thread& sender : senders) sender.join();
  for (Stream* stream : {&first, &second}) {
    const auto judged = stream->JudgedUpTo(kCommands);
    EXPECT_EQ(judged.size(), kCommands);
    for (const auto& [sequence, times] : judged) ASSERT_EQ(times, 1) << sequence;
  }
  EXPECT_EQ(live.robot->verdicts_lost(), 0u);
}

TEST(CommandStreamsTest, NothingWithoutALeaseComesNearTheTick) {
  LiveRuntime live;
  live.Start();
  Stream stream(live);
  LeaseRef wrong_token = live.lease;
  wrong_token.token[0] = wrong_token.token[0] == '0' ? '1' : '0';
  LeaseRef next = live.lease;  // what a guesser would try
  ++next.fence;
  stream.Post(1, wrong_token, 0.5);
  stream.Post(2, next, 0.5);
  stream.JudgedUpTo(2);
  ASSERT_EQ(stream.verdicts.size(), 2u);
  EXPECT_EQ(stream.verdicts[0].kind, VerdictKind::kFenced);
  EXPECT_EQ(stream.verdicts[0].lease, LeaseStanding::kWrongToken);
  EXPECT_EQ(stream.verdicts[1].kind, VerdictKind::kFenced);
  EXPECT_EQ(stream.verdicts[1].lease, LeaseStanding::kEnded);
  for (const VerdictRecord& record : stream.verdicts) EXPECT_EQ(record.tick, 0u);
  EXPECT_EQ(live.robot->State(0).groups[0].mode, Mode::kHold);
}

TEST(CommandStreamsTest, AStreamOfStrangersCommandsEndsWithItsReason) {
  LiveRuntime live;
  live.Start();
  Stream stranger(live);
  LeaseRef wrong_token = live.lease;
  wrong_token.token = "00";
  for (int i = 1; i < CommandStreams::kMostRefused; ++i) stranger.Post(i, wrong_token);
  stranger.JudgedUpTo(CommandStreams::kMostRefused - 1);
  EXPECT_FALSE(stranger.ended);
  stranger.Post(CommandStreams::kMostRefused, wrong_token);
  ASSERT_TRUE(stranger.Await([&] { return stranger.ended.has_value(); }));
  EXPECT_EQ(stranger.ended->code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ProblemOf(*stranger.ended).reason, "LEASE_UNKNOWN");
  stranger.Post(1000, live.lease);  // has its lease too late
  ASSERT_TRUE(stranger.Await([&] { return stranger.verdicts.back().last_sequence == 1000; }));
  EXPECT_EQ(stranger.verdicts.back().kind, VerdictKind::kFenced);
}

TEST(CommandStreamsTest, AsManyStreamsAsTheTickCanTellApartAndNoMore) {
  LiveRuntime live;
  std::vector<std::uint64_t> open;
  for (std::size_t i = 0; i < control::kMaxStreams; ++i) {
    open.push_back(live.robot->OpenCommands({}).value());
  }
  EXPECT_EQ(ProblemOf(live.robot->OpenCommands({}).status()).reason, "TOO_MANY_STREAMS");
  live.robot->CloseCommands(open[500]);
  const std::uint64_t next = live.robot->OpenCommands({}).value();
  EXPECT_GT(next, open.back()) << "numbers rise, so that a clear tells old from new";
}

TEST(RobotRuntimeTest, WhatStillWaitsAtTheEndIsAnswered) {
  LiveRuntime live;
  live.Start();
  Awaited move;
  live.robot->StartMove(live.MoveOf(0.5, 100s), IgnoreProgress, move.Done());
  live.robot->Stop(control::EndState::kHold, 30s);
  EXPECT_FALSE(move.Wait().ok());
}

}  // namespace
}  // namespace soarm
