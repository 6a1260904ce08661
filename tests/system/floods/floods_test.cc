// The doors under floods, by the Unix socket, loopback and TLS: idle and slow connections, garbage,
// calls that are taken back, and all unary methods at once. The daemon has 1,024 descriptors. A new
// client is served meanwhile, ticks come, and what the floods cost is given back.
// SOARM_FLOOD_SECONDS says how long idle and slow ones stay; the figures are in the test's
// properties.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include "clients/cpp/paired_robots.h"
#include "clients/cpp/pairing.h"
#include "clients/cpp/stop_socket.h"
#include "common/time/clock.h"
#include "tests/system/crowd/stranger.h"
#include "tests/system/driving.h"
#include "tests/system/host_stalls.h"

namespace soarm::test {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kFiles = 1024;
constexpr milliseconds kServedWithin(1000);
constexpr std::chrono::seconds kGivenBackWithin(30);
// Of memory, by whom nobody knows.
constexpr std::int64_t kMostMemory_kb = 5 * 1024;
// By who is paired, until it is cut off.
constexpr std::int64_t kMostMemoryOfPaired_kb = 32 * 1024;
constexpr double kMoreMissed = 0.001;
constexpr int kCallsOfEach = 500;
// Another machine's, to the TLS door.
constexpr char kStrangersAddress[] = "127.0.0.2";

std::chrono::seconds FloodSpan() {
  const char* const text = std::getenv("SOARM_FLOOD_SECONDS");
  return std::chrono::seconds(text == nullptr ? 2 : std::atoi(text));
}

std::int64_t FilesOf(const Process& process) {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/" + std::to_string(process.pid()) + "/fd",
                                                  error);
  return std::distance(begin(files), end(files));
}

// How many of so many empty calls of `method`, all at the same time, have an answer of any kind.
int AnswersAtOnce(const std::shared_ptr<grpc::Channel>& channel,
                  const google::protobuf::MethodDescriptor& method, int calls) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  struct Call {
    grpc::ClientContext context;
    grpc::ByteBuffer response;
    grpc::Status status;
    std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  };
  const grpc::Slice empty;
  const grpc::ByteBuffer request(&empty, 1);
  const std::string path = "/" + method.service()->full_name() + "/" + method.name();
  std::vector<std::unique_ptr<Call>> all;
  for (int i = 0; i < calls; ++i) {
    all.push_back(std::make_unique<Call>());
    Call& call = *all.back();
    call.context.set_deadline(std::chrono::system_clock::now() + Process::kPatience);
    call.reader = stub.PrepareUnaryCall(&call.context, path, request, &queue);
    call.reader->StartCall();
    call.reader->Finish(&call.response, &call.status, &call);
  }
  int answered = 0;
  for (int i = 0; i < calls; ++i) {
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    // What no handler answers has no detail.
    const grpc::Status& status = static_cast<Call*>(tag)->status;
    answered += status.ok() || !status.error_details().empty() ? 1 : 0;
  }
  queue.Shutdown();
  return answered;
}

class FloodsTest : public testing::Test {
 protected:
  struct Door {
    std::string name;
    std::string address;     // as the flooder takes it
    client::Address client;  // as a new client does
    std::string from;
  };

  FloodsTest()
      : simulator_(folder_),
        daemon_(folder_,
                {"--port", "arm=" + simulator_.link(), "--listen", "127.0.0.1:0", "--listen",
                 "tls:127.0.0.1:0"},
                kFiles) {
    const auto offer = daemon_.connection().Call(client::kOpenPairing, {});
    EXPECT_TRUE(offer.ok()) << offer.status();
    if (!offer.ok()) return;
    auto paired = client::JoinRobot(*tls::ParseJoinString(offer->join_string()), "laptop");
    EXPECT_TRUE(paired.ok()) << paired.status();
    paired->name = "bench";
    EXPECT_TRUE(client::SavePairedRobot(folder_.path(), *paired).ok());
    const auto info = daemon_.connection().Call(client::kGetInfo, {});
    EXPECT_TRUE(info.ok()) << info.status();
    for (const std::string& address : info->listening()) {
      if (address.starts_with("tls:")) {
        doors_.push_back({"tls", address.substr(4), client::AddressOf(*paired), kStrangersAddress});
      } else {
        const auto parsed = client::ResolveAddress(address, client::Surroundings());
        EXPECT_TRUE(parsed.ok()) << parsed.status();
        const bool is_unix = address.starts_with("unix:");
        doors_.push_back({is_unix ? "unix" : "loopback", address, *parsed, ""});
      }
    }
    EXPECT_EQ(doors_.size(), 3u);
    EXPECT_TRUE(daemon_.WaitForFreshJoints(6));
    // What gRPC opens for the first connection of a kind stays.
    for (const Door& door : doors_) ServeNewcomer(door);
  }

  std::string paired_folder() const { return folder_.File("robots/bench"); }
  std::int64_t memory_kb() const {
    return static_cast<std::int64_t>(daemon_.process().resident_bytes() / 1024);
  }
  v1::StatusResponse Status() {
    const auto status = daemon_.connection().Call(client::kGetStatus, {});
    EXPECT_TRUE(status.ok()) << status.status();
    return status.ok() ? *status : v1::StatusResponse();
  }

  struct Ticks {
    std::uint64_t missed = 0;
    std::uint64_t all = 0;
    std::uint64_t lost_to_host = 0;
  };
  Ticks TicksSoFar() {
    const v1::StatusResponse status = Status();
    const std::uint64_t missed = status.buses(0).ticks_missed();
    return {missed, missed + status.buses(0).ticks(), host_.ticks_lost()};
  }
  // Share of the ticks since `before` that were missed, those aside that the machine had not let
  // come.
  double MissedSince(const Ticks& before) {
    const Ticks now = TicksSoFar();
    const std::uint64_t missed = now.missed - before.missed;
    const std::uint64_t lost = std::min(missed, now.lost_to_host - before.lost_to_host);
    return static_cast<double>(missed - lost) / static_cast<double>(now.all - before.all);
  }

  milliseconds Since(MonoTime then) const {
    return std::chrono::duration_cast<milliseconds>(clock_.Now() - then);
  }

  // A client that nobody has seen before, until its first answer.
  absl::Status AskAsNewcomer(const Door& door) const {
    const auto connection = client::Connection::Open(door.client, std::chrono::seconds(10));
    if (!connection.ok()) return connection.status();
    return (*connection)->Call(client::kGetState, {}, {.timeout = Process::kPatience}).status();
  }
  milliseconds ServeNewcomer(const Door& door) const {
    const MonoTime asked = clock_.Now();
    const absl::Status served = AskAsNewcomer(door);
    EXPECT_TRUE(served.ok()) << door.name << ": " << served;
    return Since(asked);
  }

  // Newcomers come until `span` is over, or the flooder is done where that is zero.
  void Flood(const Door& door, const std::string& kind, int count, std::chrono::seconds span,
             const std::string& certificate = "") {
    const std::string name = kind + "_" + door.name;
    const std::int64_t files = FilesOf(daemon_.process());
    const std::int64_t memory = memory_kb();
    const bool paired = certificate.find('/') != std::string::npos;
    const std::int64_t allowed = memory + (paired ? kMostMemoryOfPaired_kb : kMostMemory_kb);
    const Ticks before = TicksSoFar();
    std::vector<milliseconds> took;
    std::int64_t most_memory = memory;
    {
      Process flooder("flooder",
                      {kind, door.address, std::to_string(count), door.from, certificate});
      ASSERT_TRUE(flooder.WaitForLine("flooding")) << flooder.errors();
      const MonoTime until = clock_.Now() + span;
      do {
        took.push_back(ServeNewcomer(door));
        most_memory = std::max(most_memory, memory_kb());
      } while (span > milliseconds(0) ? clock_.Now() < until : flooder.IsRunning());
    }
    const double missed = MissedSince(before);
    took.push_back(ServeNewcomer(door));
    std::ranges::sort(took);
    const MonoTime ended = clock_.Now();
    const auto given_back = [&] {
      return FilesOf(daemon_.process()) <= files && memory_kb() <= allowed;
    };
    EXPECT_TRUE(Eventually(given_back))
        << name << ": files " << files << " to " << FilesOf(daemon_.process()) << ", memory "
        << memory << " to " << memory_kb() << " kB";
    EXPECT_LE(clock_.Now() - ended, kGivenBackWithin) << name;
    EXPECT_LE(took.back(), kServedWithin) << name;
    EXPECT_LE(missed, idle_missed_ + kMoreMissed) << name;
    EXPECT_LE(most_memory, allowed) << name;
    RecordProperty(name + "_newcomer_p50_ms", std::to_string(took[took.size() / 2].count()));
    RecordProperty(name + "_newcomer_max_ms", std::to_string(took.back().count()));
    RecordProperty(name + "_missed_percent", std::to_string(100 * missed));
    RecordProperty(name + "_memory_kb", std::to_string(memory));
    RecordProperty(name + "_memory_most_kb", std::to_string(most_memory));
    RecordProperty(name + "_memory_after_kb", std::to_string(memory_kb()));
  }

  void MeasureIdle() {
    const Ticks before = TicksSoFar();
    const MonoTime until = clock_.Now() + FloodSpan();
    while (clock_.Now() < until) ServeNewcomer(doors_[0]);
    idle_missed_ = MissedSince(before);
    RecordProperty("idle_missed_percent", std::to_string(100 * idle_missed_));
  }

  const TemporaryFolder folder_;
  RunningSim simulator_;  // a program of its own: what its log grows by is not the daemon's
  mutable RunningDaemon daemon_;
  HostStalls host_;
  MonotonicClock clock_;
  std::vector<Door> doors_;
  double idle_missed_ = 0;
};

TEST_F(FloodsTest, OfIdleConnectionsLeaveRoom) {
  MeasureIdle();
  for (const Door& door : doors_) Flood(door, "idle", 2'000, FloodSpan());
}

TEST_F(FloodsTest, OfConnectionsThatComeAgainLeaveRoom) {
  MeasureIdle();
  for (const Door& door : doors_) Flood(door, "churn", 2'000, FloodSpan());
}

TEST_F(FloodsTest, OfSlowConnectionsLeaveRoom) {
  MeasureIdle();
  for (const Door& door : doors_) Flood(door, "slow", 400, FloodSpan());
}

TEST_F(FloodsTest, OfGarbageLeaveRoom) {
  MeasureIdle();
  for (const Door& door : doors_) Flood(door, "garbage", 10'000, std::chrono::seconds(0));
}

TEST_F(FloodsTest, OfCallsTakenBackByStrangersComeToNothing) {
  MeasureIdle();
  const Door& door = *std::ranges::find(doors_, "tls", &Door::name);
  Flood(door, "resets", 50'000, std::chrono::seconds(0), "-");
}

TEST_F(FloodsTest, OfCallsTakenBackByAPairedClientAreCutOff) {
  MeasureIdle();
  const Door& door = *std::ranges::find(doors_, "tls", &Door::name);
  Flood(door, "resets", 50'000, std::chrono::seconds(0), paired_folder());
}

TEST_F(FloodsTest, OfPingsWhoseAnswersNobodyReadsAreCutOff) {
  MeasureIdle();
  const Door& door = *std::ranges::find(doors_, "tls", &Door::name);
  Flood(door, "pings", 50'000, std::chrono::seconds(0), paired_folder());
}

TEST_F(FloodsTest, OfFewBytesThatMeanVeryManyAreCutOff) {
  MeasureIdle();
  const Door& door = *std::ranges::find(doors_, "tls", &Door::name);
  Flood(door, "headers", 5'000, std::chrono::seconds(0), paired_folder());
}

// On the robot's own computer nobody counts them: gRPC grows, and answers late. How much is told
// and not judged; the tick goes on, the stop socket answers, and the daemon is there afterwards.
TEST_F(FloodsTest, OfCallsTakenBackOnThisComputerTouchNeitherTicksNorStops) {
  MeasureIdle();
  for (const Door& door : doors_) {
    if (door.name == "tls") continue;
    const Ticks before = TicksSoFar();
    const std::int64_t memory = memory_kb();
    std::int64_t most_memory = memory;
    milliseconds longest_stop(0);
    milliseconds longest_answer(0);
    int lost = 0;
    {
      Process flooder("flooder", {"resets", door.address, "50000"});
      ASSERT_TRUE(flooder.WaitForLine("flooding")) << flooder.errors();
      do {
        const MonoTime stopped = clock_.Now();
        EXPECT_TRUE(
            client::StopThroughSocket(daemon_.socket() + ".stop", "hold", "flooded", kServedWithin)
                .ok());
        longest_stop = std::max(longest_stop, Since(stopped));
        const MonoTime asked = clock_.Now();
        if (!AskAsNewcomer(door).ok()) ++lost;
        longest_answer = std::max(longest_answer, Since(asked));
        most_memory = std::max(most_memory, memory_kb());
      } while (flooder.IsRunning());
    }
    EXPECT_LE(longest_stop, kServedWithin) << door.name;
    EXPECT_TRUE(Eventually([&] { return AskAsNewcomer(door).ok(); })) << door.name;
    const double missed = MissedSince(before);
    EXPECT_LE(missed, idle_missed_ + kMoreMissed) << door.name;
    const std::string name = "resets_local_" + door.name;
    RecordProperty(name + "_stop_max_ms", std::to_string(longest_stop.count()));
    RecordProperty(name + "_newcomer_max_ms", std::to_string(longest_answer.count()));
    RecordProperty(name + "_newcomers_lost", std::to_string(lost));
    RecordProperty(name + "_missed_percent", std::to_string(100 * missed));
    RecordProperty(name + "_memory_kb", std::to_string(memory));
    RecordProperty(name + "_memory_most_kb", std::to_string(most_memory));
  }
}

// What was asked at once has its answer, and nobody's took the others' room.
TEST_F(FloodsTest, OfEveryUnaryMethodAreAnswered) {
  MeasureIdle();
  const Ticks before = TicksSoFar();
  for (const google::protobuf::MethodDescriptor* method : AllMethods()) {
    if (method->client_streaming() || method->server_streaming()) continue;
    EXPECT_EQ(AnswersAtOnce(daemon_.connection().channel(), *method, kCallsOfEach), kCallsOfEach)
        << method->full_name();
    for (const Door& door : doors_) EXPECT_LE(ServeNewcomer(door), kServedWithin) << door.name;
  }
  const double missed = MissedSince(before);
  EXPECT_LE(missed, idle_missed_ + kMoreMissed);
  RecordProperty("calls_missed_percent", std::to_string(100 * missed));
}

}  // namespace
}  // namespace soarm::test
