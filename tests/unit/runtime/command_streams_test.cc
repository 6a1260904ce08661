#include "server/runtime/command_streams.h"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "tests/unit/runtime/live_runtime.h"

namespace soarm {
namespace {

using namespace std::chrono_literals;

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
  live.Start();
  std::vector<std::unique_ptr<Stream>> open;
  for (std::size_t i = 0; i < control::kMaxStreams; ++i) {
    open.push_back(std::make_unique<Stream>(live));
    open.back()->Post(1, live.lease);
  }
  const Problem problem = ProblemOf(live.robot->OpenCommands({}).status());
  EXPECT_EQ(problem.reason, "TOO_MANY_STREAMS");
  EXPECT_EQ(problem.facts.at("most"), std::to_string(control::kMaxStreams));
  const std::uint64_t newest = open.back()->number;
  open.erase(open.begin() + 500);
  const Stream next(live);
  EXPECT_GT(next.number, newest) << "numbers rise, so that a clear tells old from new";
}

TEST(CommandStreamsTest, StreamsWithoutALeaseMakeRoomTheOldestFirst) {
  LiveRuntime live;
  live.Start();
  Stream holder(live);
  holder.Post(1, live.lease);
  Stream oldest(live);
  Stream older(live);
  LeaseRef wrong_token = live.lease;
  wrong_token.token = "00";
  oldest.Post(1, wrong_token);
  std::vector<std::unique_ptr<Stream>> strangers;
  for (std::size_t i = 3; i < control::kMaxStreams; ++i) {
    strangers.push_back(std::make_unique<Stream>(live));
  }
  Stream late(live);
  ASSERT_TRUE(oldest.Await([&] { return oldest.ended.has_value(); }));
  EXPECT_EQ(ProblemOf(*oldest.ended).reason, "TOO_MANY_STREAMS");
  late.Post(1, live.lease);
  for (int i = 0; i < 5000; ++i) strangers.push_back(std::make_unique<Stream>(live));
  ASSERT_TRUE(older.Await([&] { return older.ended.has_value(); }));
  for (Stream* stream : {&holder, &late}) {
    stream->Post(2, live.lease);
    EXPECT_EQ(stream->JudgedUpTo(2).size(), 2u);
    EXPECT_FALSE(stream->ended);
  }
}

// What a lease's end finds still waiting for its tick is judged before the stream's end is told.
TEST(CommandStreamsTest, WhatWaitsAsItsLeaseEndsGetsItsVerdictBeforeTheStreamEnds) {
  SteppedRuntime stepped;
  std::vector<std::uint64_t> judged;
  std::optional<absl::Status> ended;
  Robot::CommandListener listener;
  listener.verdict = [&](const VerdictRecord& record) {
    EXPECT_FALSE(ended) << record.first_sequence;
    EXPECT_EQ(record.kind, VerdictKind::kFenced) << record.first_sequence;
    for (auto i = record.first_sequence; i <= record.last_sequence; ++i) judged.push_back(i);
  };
  listener.ended = [&](const absl::Status& why) { ended = why; };
  const std::uint64_t number = stepped.robot->OpenCommands(std::move(listener)).value();
  const auto post = [&](std::uint64_t sequence, const LeaseRef& lease) {
    GroupCommand command;
    command.stream = number;
    command.sequence = sequence;
    command.epoch = lease.epoch;
    command.fence = lease.fence;
    command.received_at = stepped.clock.Now();
    command.not_after = command.received_at + 400ms;
    command.joints = MaskOf(0);
    stepped.robot->PostCommand(stepped.arm(), lease, command);
  };
  post(1, stepped.lease);
  ASSERT_TRUE(stepped.robot->ReleaseLease(stepped.lease).ok());
  post(2, stepped.lease);
  stepped.robot->StepCallbacks();  // the end is seen before a tick sees the command
  EXPECT_EQ(judged, std::vector<std::uint64_t>({2}));
  EXPECT_FALSE(ended);
  post(3, stepped.lease);
  LeaseRequest request;
  request.client_name = "test";
  const auto next = stepped.robot->AcquireLease(request);
  ASSERT_TRUE(next.ok());
  post(4, next->ref);  // too late for this stream, but not of a lease that is over
  stepped.Step(1);
  EXPECT_EQ(judged, std::vector<std::uint64_t>({2, 1, 3}));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ProblemOf(*ended).reason, "LEASE_LOST");
  stepped.Step(100);
  EXPECT_EQ(judged.size(), 3u);
  stepped.robot->CloseCommands(number);
}

// A bus that is busy opening may not judge it for long.
TEST(CommandStreamsTest, AStreamEndsThoughNoTickJudgesWhatWaits) {
  SteppedRuntime stepped;
  std::optional<absl::Status> ended;
  Robot::CommandListener listener;
  listener.ended = [&](const absl::Status& why) { ended = why; };
  const std::uint64_t number = stepped.robot->OpenCommands(std::move(listener)).value();
  GroupCommand command;
  command.stream = number;
  command.sequence = 1;
  command.epoch = stepped.lease.epoch;
  command.fence = stepped.lease.fence;
  command.joints = MaskOf(0);
  stepped.robot->PostCommand(stepped.arm(), stepped.lease, command);
  ASSERT_TRUE(stepped.robot->ReleaseLease(stepped.lease).ok());
  stepped.robot->StepCallbacks();
  EXPECT_FALSE(ended);
  stepped.clock.Advance(1s);
  stepped.robot->StepCallbacks();
  EXPECT_TRUE(ended);
  stepped.robot->CloseCommands(number);
}

}  // namespace
}  // namespace soarm
