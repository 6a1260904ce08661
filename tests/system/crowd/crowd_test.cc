// The socket under strangers: every method called with anything, calls and connections left at any
// point, beside a holder who streams and somebody who stops. SOARM_CROWD_SECONDS says how long,
// SOARM_CROWD_SEED which; the figures are in the test's properties.

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/time/clock.h"
#include "tests/system/crowd/stranger.h"
#include "tests/system/driving.h"
#include "tests/system/frame_stream.h"

namespace soarm::test {
namespace {

using std::chrono::milliseconds;

constexpr int kStrangers = 4;
constexpr milliseconds kHolderEvery(20);
constexpr milliseconds kStopsEvery(250);
// A stop acts at once; so long its answer may wait for word of which joints it reached.
constexpr milliseconds kStopAnswers(100);
// Of a daemon that has seen a crowd before: what the allocator keeps, and gRPC's own threads.
constexpr std::size_t kMoreMemory_bytes = 5U << 20U;
constexpr int kMoreThreads = 2;
constexpr std::chrono::seconds kRound(5);
constexpr std::size_t kStands_bytes = 1U << 20U;
constexpr int kMostRounds = 12;

std::uint64_t NumberIn(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// Entries of a folder of /proc.
int CountIn(const std::string& folder) {
  std::error_code error;
  int count = 0;
  for (auto next = std::filesystem::directory_iterator(folder, error);
       !error && next != std::filesystem::directory_iterator(); next.increment(error)) {
    ++count;
  }
  return count;
}

struct Kept {
  std::size_t memory_bytes = 0;
  int threads = 0;
  int files = 0;
};

Kept WhatItKeeps(const Process& process) {
  const std::string folder = "/proc/" + std::to_string(process.pid());
  return {process.resident_bytes(), CountIn(folder + "/task"), CountIn(folder + "/fd")};
}

// Streams 50 commands a second for its lease until it is told to end.
//
// Threads  its own.
class Holder {
 public:
  Holder(const std::string& socket, const v1::LeaseRef& lease)
      : connection_(Connect("unix:" + socket)),
        stream_(*connection_, lease),
        thread_([this] { Run(); }) {}
  ~Holder() { End(); }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  void End() {
    ends_ = true;
    if (thread_.joinable()) thread_.join();
  }
  std::uint64_t sent() const { return sent_; }
  bool lost() const { return stream_.ended(); }
  // How often each command was judged.
  std::map<std::uint64_t, int> Judged() const {
    std::map<std::uint64_t, int> times;
    for (const v1::Verdict& verdict : stream_.Verdicts()) {
      for (auto seq = verdict.first_seq(); seq <= verdict.last_seq(); ++seq) ++times[seq];
    }
    return times;
  }

 private:
  void Run() {
    stream_.WaitForBeat();
    MonotonicClock clock;
    MonoTime next = clock.Now();
    while (!ends_ && !stream_.ended()) {
      sent_ = stream_.Command(Target("arm/shoulder_pan", 0.1));
      next += kHolderEvery;
      clock.SleepUntil(next);  // the rate of a driver; nothing is waited for
    }
  }

  const std::unique_ptr<client::Connection> connection_;
  FrameStream stream_;
  std::atomic<bool> ends_{false};
  std::atomic<std::uint64_t> sent_{0};
  std::thread thread_;  // last: it uses all of the above
};

// Stops and clears again and again; how long each stop took to be answered.
std::vector<milliseconds> StopUntil(const std::string& socket, MonoTime until) {
  const auto connection = Connect("unix:" + socket);
  std::vector<milliseconds> took;
  MonotonicClock clock;
  for (MonoTime next = clock.Now(); next < until; next += kStopsEvery) {
    clock.SleepUntil(next);  // the rate of the load; nothing is waited for
    v1::StopRequest stop;
    const MonoTime asked = clock.Now();
    EXPECT_TRUE(connection->Call(client::kStop, stop).ok());
    took.push_back(std::chrono::duration_cast<milliseconds>(clock.Now() - asked));
    EXPECT_TRUE(connection->Call(client::kClear, {}).ok());
  }
  std::ranges::sort(took);
  return took;
}

// What came of it.
struct Seen {
  std::map<std::string, std::map<std::string, int>> ends;  // of calls, by method and code
  std::vector<milliseconds> stops;
  std::uint64_t commands = 0;
  int calls() const {
    int sum = 0;
    for (const auto& [method, codes] : ends) {
      for (const auto& [code, count] : codes) sum += count;
    }
    return sum;
  }
};

Seen LetIn(const std::string& socket, const v1::LeaseRef& lease, std::uint64_t seed,
           std::chrono::seconds span) {
  const std::vector<const google::protobuf::MethodDescriptor*> methods = AllMethods();
  const std::vector<std::string> names = {"arm", "base", "arm/shoulder_pan", "park", "robot"};
  Seen seen;
  Holder holder(socket, lease);
  MonotonicClock clock;
  const MonoTime until = clock.Now() + span;
  std::vector<std::unique_ptr<Stranger>> strangers;
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < kStrangers; ++i) {
    strangers.push_back(std::make_unique<Stranger>(socket, methods, names, seed * kStrangers + i));
    threads.emplace_back([&clock, until, stranger = strangers.back().get()] {
      while (clock.Now() < until) stranger->CallOne();
    });
  }
  seen.stops = StopUntil(socket, until);
  for (std::thread& thread : threads) thread.join();
  holder.End();
  EXPECT_FALSE(holder.lost());
  EXPECT_TRUE(Eventually([&] { return holder.Judged().size() == holder.sent(); }));
  for (const auto& [seq, times] : holder.Judged()) EXPECT_EQ(times, 1) << seq;
  seen.commands = holder.sent();
  for (const auto& stranger : strangers) {
    for (const auto& [method, codes] : stranger->ends()) {
      for (const auto& [code, count] : codes) seen.ends[method][code] += count;
    }
  }
  return seen;
}

TEST(CrowdTest, CostsTheHolderNoVerdictAndNobodyAStop) {
  const std::uint64_t seed = NumberIn("SOARM_CROWD_SEED", 1);
  const std::chrono::seconds span(NumberIn("SOARM_CROWD_SECONDS", 40));
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim", "lekiwi"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(9));
  const auto lease = Energise(daemon.connection());
  ASSERT_NE(lease, nullptr);
  const int files = WhatItKeeps(daemon.process()).files;
  Kept kept;
  const auto is_alone = [&] {
    kept = WhatItKeeps(daemon.process());
    return kept.files <= files;
  };
  // What the allocator and gRPC's threads grow to at first stays: let in until that is over. What
  // goes on growing is a leak, here or below.
  Kept before;
  int rounds = 0;
  do {
    before = WhatItKeeps(daemon.process());
    LetIn(daemon.socket(), lease->ref(), seed + 1 + static_cast<std::uint64_t>(rounds), kRound);
    EXPECT_TRUE(Eventually(is_alone)) << kept.files << " files, " << files << " before";
  } while (kept.memory_bytes > before.memory_bytes + kStands_bytes && ++rounds < kMostRounds);
  ASSERT_LT(rounds, kMostRounds) << "memory grows and grows: " << kept.memory_bytes << " bytes";
  before = kept;

  const Seen seen = LetIn(daemon.socket(), lease->ref(), seed, span);
  EXPECT_EQ(seen.ends.size(), AllMethods().size()) << "a method was never called";
  // No crash in disguise (INTERNAL, UNKNOWN), and nothing that there is is said not to be.
  for (const auto& [method, codes] : seen.ends) {
    for (const char* const code : {"2", "12", "13"}) {
      EXPECT_THAT(codes, testing::Not(testing::Contains(testing::Key(code)))) << method;
    }
  }
  ASSERT_FALSE(seen.stops.empty());
  EXPECT_LE(seen.stops[seen.stops.size() * 95 / 100], kStopAnswers);
  EXPECT_TRUE(Eventually(is_alone)) << kept.files << " files, " << files << " before";
  const auto grew = [&] {
    kept = WhatItKeeps(daemon.process());
    return kept.threads > before.threads + kMoreThreads ||
           kept.memory_bytes > before.memory_bytes + kMoreMemory_bytes;
  };
  EXPECT_TRUE(Eventually([&] { return !grew(); }))
      << "memory " << before.memory_bytes << " to " << kept.memory_bytes << ", threads "
      << before.threads << " to " << kept.threads;

  RecordProperty("calls", seen.calls());
  RecordProperty("commands", std::to_string(seen.commands));
  RecordProperty("stops", static_cast<int>(seen.stops.size()));
  RecordProperty("stop_p50_ms", std::to_string(seen.stops[seen.stops.size() / 2].count()));
  RecordProperty("stop_max_ms", std::to_string(seen.stops.back().count()));
  const auto more =
      static_cast<std::int64_t>(kept.memory_bytes) - static_cast<std::int64_t>(before.memory_bytes);
  RecordProperty("memory_grew_kb", std::to_string(more / 1024));
}

}  // namespace
}  // namespace soarm::test
