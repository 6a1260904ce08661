#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "common/time/clock.h"
#include "tests/system/driving.h"
#include "tests/system/frame_stream.h"

namespace soarm::test {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kCommands = 150;
constexpr milliseconds kHolderEvery(20);
constexpr milliseconds kFloodEvery(1);
// What a flooding stream may have had answered: 256 in a row end it, at the next look at it, and
// what came meanwhile is answered, too.
constexpr std::uint64_t kMostOfFlood = 2 * 256;

absl::StatusOr<std::unique_ptr<client::Lease>> LeaseOn(client::Connection& connection,
                                                       const std::string& group) {
  client::LeaseOptions options;
  options.client_name = "test";
  options.groups = {group};
  return client::Lease::Acquire(connection, options);
}

// How often each command of the stream was judged.
std::map<std::uint64_t, int> TimesJudged(const FrameStream& stream) {
  std::map<std::uint64_t, int> times;
  for (const v1::Verdict& verdict : stream.Verdicts()) {
    for (auto seq = verdict.first_seq(); seq <= verdict.last_seq(); ++seq) ++times[seq];
  }
  return times;
}

// Frames without end, a thousand a second, on one stream after the other.
//
// Threads  its own.
class Flood {
 public:
  Flood(const std::string& socket, v1::LeaseRef lease, std::function<void(v1::CommandFrame&)> spoil)
      : connection_(Connect("unix:" + socket)),
        lease_(std::move(lease)),
        spoil_(std::move(spoil)),
        thread_([this] { Run(); }) {}
  ~Flood() { End(); }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;

  void End() {
    ends_ = true;
    if (thread_.joinable()) thread_.join();
  }
  // After End(): why its streams ended, the frames that were answered on the longest, and what was
  // answered.
  const std::vector<std::string>& reasons() const { return reasons_; }
  std::uint64_t longest() const { return longest_; }
  const std::map<v1::VerdictKind, int>& kinds() const { return kinds_; }

 private:
  void Run() {
    while (!ends_) {
      FrameStream stream(*connection_, lease_);
      MonotonicClock clock;
      MonoTime next = clock.Now();
      while (!ends_ && !stream.ended()) {
        v1::CommandFrame frame = stream.Frame(Target("arm/shoulder_pan", -1.5));
        spoil_(frame);
        stream.Send(frame);
        next += kFloodEvery;
        clock.SleepUntil(next);  // the rate of the load; nothing is waited for
      }
      for (const v1::Verdict& verdict : stream.Verdicts()) ++kinds_[verdict.kind()];
      longest_ = std::max<std::uint64_t>(longest_, TimesJudged(stream).size());
      if (stream.ended()) reasons_.push_back(ProblemOf(stream.WaitForEnd()).reason);
    }
  }

  const std::unique_ptr<client::Connection> connection_;
  const v1::LeaseRef lease_;
  const std::function<void(v1::CommandFrame&)> spoil_;
  std::atomic<bool> ends_{false};
  std::vector<std::string> reasons_;
  std::uint64_t longest_ = 0;
  std::map<v1::VerdictKind, int> kinds_;
  std::thread thread_;  // last: it uses all of the above
};

// What became of a holder's commands while it sent 50 of them a second.
struct Driven {
  std::uint64_t acted = 0;
  std::uint64_t missed_ticks = 0;
  std::uint64_t ticks = 0;
};

class FloodTest : public testing::Test {
 protected:
  FloodTest() : daemon_(folder_, {"--sim", "lekiwi"}) {}

  void SetUp() override {
    ASSERT_TRUE(daemon_.WaitForFreshJoints(9));
    auto arm = LeaseOn(daemon_.connection(), "arm");
    auto base = LeaseOn(daemon_.connection(), "base");
    ASSERT_TRUE(arm.ok()) << arm.status();
    ASSERT_TRUE(base.ok()) << base.status();
    former_ = (*arm)->ref();
    arm->reset();
    arm = LeaseOn(daemon_.connection(), "arm");
    ASSERT_TRUE(arm.ok()) << arm.status();
    arm_ = *std::move(arm);
    base_ = *std::move(base);
    v1::EnableTorqueRequest request;
    *request.mutable_lease() = arm_->ref();
    const auto enabled = daemon_.connection().Call(client::kEnableTorque, request);
    ASSERT_TRUE(enabled.ok()) << enabled.status();
  }

  v1::BusStatus Bus() {
    const auto status = daemon_.connection().Call(client::kGetStatus, {});
    EXPECT_TRUE(status.ok()) << status.status();
    return status.ok() ? status->buses(0) : v1::BusStatus();
  }

  Driven Drive() {
    Driven driven;
    FrameStream stream(daemon_.connection(), arm_->ref());
    stream.WaitForBeat();
    const v1::BusStatus before = Bus();
    MonotonicClock clock;
    MonoTime next = clock.Now();
    for (std::uint64_t i = 1; i <= kCommands; ++i) {
      const double target_rad = 0.2 * std::sin(0.1 * static_cast<double>(i));
      EXPECT_EQ(stream.Command(Target("arm/shoulder_pan", target_rad)), i);
      next += kHolderEvery;
      clock.SleepUntil(next);  // the rate of a driver; nothing is waited for
    }
    const v1::BusStatus after = Bus();
    EXPECT_TRUE(Eventually([&] { return TimesJudged(stream).size() == kCommands; }));
    for (const auto& [seq, times] : TimesJudged(stream)) EXPECT_EQ(times, 1) << seq;
    for (const v1::Verdict& verdict : stream.Verdicts()) {
      const bool acted = verdict.kind() == v1::APPLIED || verdict.kind() == v1::CLIPPED;
      driven.acted += acted ? verdict.last_seq() - verdict.first_seq() + 1 : 0;
    }
    driven.missed_ticks = after.ticks_missed() - before.ticks_missed();
    driven.ticks = after.ticks() - before.ticks();
    EXPECT_FALSE(stream.ended());
    return driven;
  }

  // Drives while such frames arrive, and alone before it.
  void ExpectUnimpressed(const v1::LeaseRef& lease,
                         const std::function<void(v1::CommandFrame&)>& spoil, v1::VerdictKind kind,
                         const std::string& reason) {
    const Driven alone = Drive();
    Flood flood(daemon_.socket(), lease, spoil);
    const Driven beside = Drive();
    flood.End();
    RecordProperty("acted_alone", std::to_string(alone.acted));
    RecordProperty("acted_beside", std::to_string(beside.acted));
    RecordProperty("missed_alone", std::to_string(alone.missed_ticks));
    RecordProperty("missed_beside", std::to_string(beside.missed_ticks));
    // Of what this machine gets done at all, 99 in a hundred.
    EXPECT_GE(beside.acted + kCommands / 100, alone.acted);
    // And of the ticks that it misses anyway, no more than a few beside.
    EXPECT_LE(beside.missed_ticks, 2 * alone.missed_ticks + beside.ticks / 50);
    EXPECT_FALSE(flood.reasons().empty()) << "no stream of the flood was ended";
    EXPECT_THAT(flood.reasons(), testing::Each(reason));
    EXPECT_LE(flood.longest(), kMostOfFlood);
    for (const auto& [seen, count] : flood.kinds()) {
      EXPECT_EQ(seen, kind) << v1::VerdictKind_Name(seen) << " " << count << " times";
    }
  }

  const TemporaryFolder folder_;
  RunningDaemon daemon_;
  v1::LeaseRef former_;
  std::unique_ptr<client::Lease> arm_;
  std::unique_ptr<client::Lease> base_;
};

void AsItIs(v1::CommandFrame&) {}

TEST_F(FloodTest, OfAnUnknownFenceCostsTheHolderNothing) {
  v1::LeaseRef unknown = arm_->ref();
  unknown.set_fence(unknown.fence() + 1);
  ExpectUnimpressed(unknown, AsItIs, v1::FENCED, "LEASE_LOST");
}

TEST_F(FloodTest, OfAFormerLeaseCostsTheHolderNothing) {
  ExpectUnimpressed(former_, AsItIs, v1::FENCED, "LEASE_LOST");
}

TEST_F(FloodTest, WithoutALeaseCostsTheHolderNothing) {
  ExpectUnimpressed(
      {}, [](v1::CommandFrame& frame) { frame.clear_lease(); }, v1::REJECTED, "LEASE_MISSING");
}

TEST_F(FloodTest, OfAnotherGroupsLeaseCostsTheHolderNothing) {
  ExpectUnimpressed(base_->ref(), AsItIs, v1::FENCED, "LEASE_MISSING");
}

TEST_F(FloodTest, OfFramesThatMakeNoSenseCostsTheHolderNothing) {
  v1::LeaseRef unknown = arm_->ref();
  unknown.set_fence(unknown.fence() + 1);
  ExpectUnimpressed(
      unknown, [](v1::CommandFrame& frame) { frame.clear_body(); }, v1::REJECTED, "LEASE_LOST");
}

}  // namespace
}  // namespace soarm::test
