// A paired machine behind a bad network. What it streams acts in time or not at all, by the same
// rules as on loopback, and its client library is back soon after its link is.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "clients/cpp/beat_sender.h"
#include "clients/cpp/command_stream.h"
#include "clients/cpp/link_meter.h"
#include "clients/cpp/state_watch.h"
#include "tests/system/driving.h"
#include "tests/system/far_arm.h"
#include "tests/system/frame_stream.h"
#include "tests/system/goal_log.h"

namespace soarm::test {
namespace {

constexpr char kWireless[] = "delay 100ms jitter 50ms";
constexpr char kStalls[] = "stall 5% for 300ms";
constexpr std::chrono::milliseconds kPostEvery(20);
constexpr std::int64_t kLongestTtl_ns = 500 * kMilli_ns;
constexpr std::int64_t kBurst_ns = 1000 * kMilli_ns;
constexpr std::int64_t kFreeze_ns = 1000 * kMilli_ns;
// After the link's return, on a link whose round trip takes 0.2 to 0.3 s.
constexpr std::chrono::milliseconds kBackWithin(3000);

// Streams a swing of shoulder_pan at 50 Hz while it is told to, and keeps what became of it.
class Swing {
 public:
  Swing(FarArm& arm, Nanos ttl) : ttl_(ttl) {
    stream_.emplace(*arm.laptop, client::CommandStreamOptions{
                                     .lease = arm.lease->ref(),
                                     .group = "arm",
                                     .ttl = ttl,
                                     .on_verdict = [this](const v1::Verdict& v) { Note(v); }});
  }

  // Posts at 50 Hz for as long as `goes_on` says so; false when that takes too long.
  bool RunWhile(const std::function<bool()>& goes_on) {
    const auto started = std::chrono::steady_clock::now();
    auto next = started;
    while (goes_on()) {
      if (next - started > Process::kPatience) return false;
      PostOne();
      next += kPostEvery;
      std::unique_lock lock(mutex_);
      pause_.wait_until(lock, next, [] { return false; });
    }
    return true;
  }
  // Until then, by the machine's clock, which is the robot's as well.
  void RunUntil(std::int64_t time_ns) {
    EXPECT_TRUE(RunWhile([&] { return Now_ns() < time_ns; }));
  }

  std::int64_t last_post_ns() const {
    const std::lock_guard lock(mutex_);
    return posted_.empty() ? 0 : posted_.rbegin()->second;
  }
  int Count(v1::VerdictKind kind) const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(
        std::ranges::count_if(verdicts_, [&](const auto& v) { return v.second.kind() == kind; }));
  }
  int acted() const { return Count(v1::APPLIED) + Count(v1::CLIPPED); }
  bool LastIsJudged() const {
    const std::lock_guard lock(mutex_);
    return !posted_.empty() && verdicts_.contains(posted_.rbegin()->first);
  }
  bool ended() const { return stream_->ended(); }

  // No command acted that had been posted longer ago than it was to live.
  void ExpectNoneActedLate() const {
    const std::lock_guard lock(mutex_);
    for (const auto& [seq, verdict] : verdicts_) {
      if (verdict.kind() != v1::APPLIED && verdict.kind() != v1::CLIPPED) continue;
      EXPECT_LE(verdict.decided_ns() - posted_.at(seq), ttl_.count()) << seq;
    }
  }
  // Nothing that was posted since then acted.
  void ExpectNoneActedSince(std::int64_t time_ns) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [seq, verdict] : verdicts_) {
      if (posted_.at(seq) < time_ns) continue;
      EXPECT_TRUE(verdict.kind() == v1::EXPIRED || verdict.kind() == v1::SUPERSEDED)
          << seq << ": " << v1::VerdictKind_Name(verdict.kind()) << ", posted "
          << (posted_.at(seq) - time_ns) / kMilli_ns << " ms after, decided "
          << (verdict.decided_ns() - time_ns) / kMilli_ns << " ms after";
    }
  }
  std::string Summary() const {
    std::string text;
    for (const v1::VerdictKind kind :
         {v1::APPLIED, v1::CLIPPED, v1::SUPERSEDED, v1::EXPIRED, v1::REJECTED, v1::HELD}) {
      text += v1::VerdictKind_Name(kind) + " " + std::to_string(Count(kind)) + "  ";
    }
    if (stream_->ended()) text += stream_->status().ToString();
    return text;
  }

 private:
  // Back and forth at 1.5 rad/s, so that whatever acts shows in the goal.
  static double PositionAt(std::int64_t time_ns) {
    constexpr double kReach_rad = 0.6;
    constexpr double kSpeed_rad_s = 1.5;
    const double way_rad =
        std::fmod(static_cast<double>(time_ns) * 1e-9 * kSpeed_rad_s, 4 * kReach_rad);
    return std::abs(way_rad - 2 * kReach_rad) - kReach_rad;
  }

  void PostOne() {
    const std::lock_guard lock(mutex_);  // the verdict may come before the number
    const std::int64_t now_ns = Now_ns();
    const std::uint64_t seq = stream_->Post(Target("shoulder_pan", PositionAt(now_ns)));
    if (seq != 0) posted_[seq] = now_ns;
  }

  void Note(const v1::Verdict& verdict) {
    const std::lock_guard lock(mutex_);
    for (std::uint64_t seq = verdict.first_seq(); seq <= verdict.last_seq(); ++seq) {
      if (posted_.contains(seq)) verdicts_[seq] = verdict;
    }
  }

  const Nanos ttl_;
  std::condition_variable pause_;
  mutable std::mutex mutex_;                      // guards what follows
  std::map<std::uint64_t, std::int64_t> posted_;  // when, by number
  std::map<std::uint64_t, v1::Verdict> verdicts_;

  std::optional<client::CommandStream> stream_;  // last: it uses all of the above
};

TEST(BadLinkTest, WhatItDeliversLateMovesNothing) {
  FarArm arm;
  ASSERT_TRUE(arm.ready());
  arm.link->Do(kWireless);
  struct Case {
    int ttl_ms;
    const char* weather;
  };
  for (const Case& now : {Case{500, "stall 0% for 0ms"}, Case{80, "stall 0% for 0ms"},
                          Case{500, kStalls}, Case{250, kStalls}}) {
    arm.link->Do(now.weather);
    const auto held = GoalsNow(arm.simulator());
    const std::int64_t since_ns = Now_ns();
    Swing swing(arm, std::chrono::milliseconds(now.ttl_ms));
    swing.RunUntil(since_ns + kBurst_ns);
    const std::int64_t last_ns = swing.last_post_ns();
    EXPECT_TRUE(Eventually([&] { return swing.LastIsJudged(); }));
    WaitUntil(arm.simulator(), last_ns + now.ttl_ms * kMilli_ns + 2 * kBraking_ns);
    const auto goals = GoalsSince(arm.simulator(), since_ns);
    EXPECT_LE(LastChange_ns(goals, kPan, last_ns) - last_ns, now.ttl_ms * kMilli_ns + kBraking_ns)
        << now.ttl_ms;
    EXPECT_LE(FastestGoal_rad_s(goals, kPan), kSpeedLimit_rad_s);
    swing.ExpectNoneActedLate();
    if (now.weather == kStalls) continue;
    if (now.ttl_ms == 500) {
      EXPECT_GT(swing.acted(), 20) << swing.Summary();
    } else {  // a round trip takes longer
      EXPECT_EQ(swing.acted(), 0) << swing.Summary();
      ExpectGoalsHeld(arm.simulator(), since_ns, held);
    }
  }
}

TEST(BadLinkTest, TheTtlThatIsAdvisedForItIsEnough) {
  FarArm arm;
  ASSERT_TRUE(arm.ready());
  arm.link->Do(kWireless);
  client::LinkMeter meter;
  client::BeatSender beats(*arm.laptop, std::chrono::seconds(1));
  const MonotonicClock clock;
  MonoTime next = clock.Now();
  for (int i = 0; i < 200; ++i) {
    beats.Send();
    meter.Sent();
    for (const auto& beat : beats.TakeUntil(next += kPostEvery)) {
      ASSERT_TRUE(beat.status.ok()) << beat.status;
      meter.Answered(beat.sent_at, beat.ended_at);
    }
  }
  const client::LinkReport report = meter.Report(clock.Now());
  EXPECT_GE(report.p50, 2 * std::chrono::milliseconds(50));
  ASSERT_TRUE(report.ttl.has_value());
  Swing swing(arm, *report.ttl);
  swing.RunUntil(Now_ns() + 4 * kFreeze_ns);
  EXPECT_TRUE(Eventually([&] { return swing.LastIsJudged(); }));
  // A machine that stands still for a moment may let a few expire.
  EXPECT_LE(swing.Count(v1::EXPIRED), (swing.acted() + swing.Count(v1::SUPERSEDED)) / 50)
      << swing.Summary();
  testing::Test::RecordProperty("ttl_ms", std::to_string(report.ttl->count() / kMilli_ns));
  testing::Test::RecordProperty("verdicts", swing.Summary());
}

TEST(BadLinkTest, WhatItHeldInAFreezeMovesNothing) {
  FarArm arm;
  ASSERT_TRUE(arm.ready());
  arm.link->Do(kWireless);
  Swing swing(arm, Nanos(kLongestTtl_ns));
  ASSERT_TRUE(swing.RunWhile([&] { return swing.acted() <= 20; })) << swing.Summary();
  arm.link->Do("freeze 1s");
  const std::int64_t frozen_ns = Now_ns();
  swing.RunUntil(frozen_ns + kFreeze_ns - 100 * kMilli_ns);
  EXPECT_TRUE(Eventually([&] { return swing.LastIsJudged(); }));
  swing.ExpectNoneActedSince(frozen_ns);
  swing.ExpectNoneActedLate();
  WaitUntil(arm.simulator(), frozen_ns + kFreeze_ns + kLongestTtl_ns);
  const auto goals = GoalsSince(arm.simulator(), frozen_ns);
  const std::int64_t moved_ns = LastChange_ns(goals, kPan, frozen_ns) - frozen_ns;
  EXPECT_LE(moved_ns, kLongestTtl_ns + kBraking_ns);
  EXPECT_GT(moved_ns, 0) << "it was in motion when the link froze";
  EXPECT_FALSE(swing.ended()) << "a freeze of a second is no reason to give a link up";

  const int acted = swing.acted();
  EXPECT_TRUE(swing.RunWhile([&] { return swing.acted() <= acted + 20; })) << swing.Summary();
  EXPECT_LE(FastestGoal_rad_s(GoalsSince(arm.simulator(), frozen_ns), kPan), kSpeedLimit_rad_s);
}

TEST(BadLinkTest, WhatItHeldOfAStreamsBeginningMovesNothing) {
  FarArm arm;
  ASSERT_TRUE(arm.ready());
  arm.link->Do("freeze 1s");
  const std::int64_t frozen_ns = Now_ns();
  const auto held = GoalsNow(arm.simulator());
  Swing swing(arm, Nanos(kLongestTtl_ns));
  swing.RunUntil(frozen_ns + 60 * kMilli_ns);
  EXPECT_TRUE(Eventually([&] { return swing.LastIsJudged(); })) << swing.Summary();
  swing.ExpectNoneActedSince(frozen_ns);
  WaitUntil(arm.simulator(), frozen_ns + kFreeze_ns + kLongestTtl_ns);
  ExpectGoalsHeld(arm.simulator(), frozen_ns, held);
}

// From now until a call is answered.
std::chrono::milliseconds UntilAnswered(client::Connection& connection) {
  const auto since = std::chrono::steady_clock::now();
  EXPECT_TRUE(Eventually([&] { return connection.Call(client::kGetInfo, {}).ok(); }));
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               since);
}

TEST(BadLinkTest, TheLibraryIsBackSoonAfterTheLinkIs) {
  FarArm arm;
  ASSERT_TRUE(arm.ready());
  arm.link->Do(kWireless);
  client::StateWatch watch(*arm.laptop, "", 20.0);
  ASSERT_TRUE(watch.First(Process::kPatience).ok());
  struct Case {
    std::vector<std::string> fault;
    std::int64_t lasts_ns;
    std::vector<std::string> end;
  };
  for (const Case& now :
       {Case{{"reset"}, 0, {}}, Case{{"half-open"}, 0, {}}, Case{{"freeze 1s"}, kFreeze_ns, {}},
        Case{{"refuse", "reset"}, 3000 * kMilli_ns, {"clear", kWireless}},
        Case{{"blackhole"}, 4000 * kMilli_ns, {"clear", kWireless}}}) {
    ASSERT_TRUE(Eventually([&] { return watch.status().ok(); }));
    for (const std::string& command : now.fault) arm.link->Do(command);
    WaitUntil(arm.simulator(), Now_ns() + now.lasts_ns);
    for (const std::string& command : now.end) arm.link->Do(command);
    const std::int64_t back_ns = Now_ns();
    const auto took = UntilAnswered(*arm.laptop);
    EXPECT_LE(took, kBackWithin) << now.fault[0];
    EXPECT_TRUE(Eventually([&] { return watch.Newest()->sampled_ns() > back_ns; })) << now.fault[0];
    // For who measures: --gtest_output=xml keeps it.
    std::string name = now.fault[0].substr(0, now.fault[0].find(' ')) + "_ms";
    std::ranges::replace(name, '-', '_');
    testing::Test::RecordProperty(name + "_call", std::to_string(took.count()));
    testing::Test::RecordProperty(name + "_watch",
                                  std::to_string((Now_ns() - back_ns) / kMilli_ns));
  }
}

}  // namespace
}  // namespace soarm::test
