// Clients, most of which end badly.

#include <csignal>
#include <cstdio>

#include <gtest/gtest.h>

#include "tests/system/adversity/scene.h"
#include "tests/system/driving.h"
#include "tests/system/frame_stream.h"

namespace soarm::test {
namespace {

constexpr Nanos kCommandLives = std::chrono::milliseconds(200);  // as wild_client asks for
constexpr Nanos kLeaseLives = std::chrono::milliseconds(1000);
// Until the daemon has heard that a client is gone.
constexpr Nanos kHears = std::chrono::milliseconds(300);

std::unique_ptr<Process> WildClient(const std::string& socket, const std::string& how,
                                    std::uint64_t seed) {
  return std::make_unique<Process>(
      "wild_client", std::vector<std::string>{"unix:" + socket, how, std::to_string(seed)});
}

struct Tally {
  int sent = 0;
  int missing = 0;
  int twice = 0;
  int lost = 0;
  std::string end;
};
std::optional<Tally> TallyOf(const std::string& line) {
  Tally tally;
  char end[64] = {};
  if (std::sscanf(line.c_str(), "tally sent=%d missing=%d twice=%d lost=%d end=%63s", &tally.sent,
                  &tally.missing, &tally.twice, &tally.lost, end) != 5) {
    return std::nullopt;
  }
  tally.end = end;
  return tally;
}

}  // namespace

const char* NameOf(Driving driving) { return driving == Driving::kStream ? "stream" : "move"; }

void Scene::StartDriver(Driving driving, std::uint64_t seed) {
  driving_ = driving;
  const std::int64_t begun_ns = Now_ns();
  ledger_.energises.Open(begun_ns);
  // A stream that is opened under a stop stays held when that is cleared.
  if (!stops_.any() || driving == Driving::kMove) ledger_.drives.Open(begun_ns);
  driver_ = WildClient(daemon_->socket(), NameOf(driving), seed);
  const auto torque = driver_->WaitForLine("torque ");
  EXPECT_TRUE(torque) << driver_->errors();
  // All joints have it, unless a stop takes it away.
  if (torque == "torque OK") {
    EXPECT_TRUE(IsTorque(true)) << "enabled, and limp";
  } else {
    std::printf("        %s\n", torque.value_or("").c_str());
  }
  ledger_.energises.Close(Now_ns());
  EXPECT_TRUE(driver_->WaitForLine("going")) << driver_->errors();
}

// Whatever it still sends may act that long.
void Scene::ForgetDriver(Nanos after) { ledger_.drives.Close(Now_ns() + after.count()); }

void Scene::KillDriver() {
  driver_->Signal(SIGKILL);
  driver_->WaitForExit();
  driver_.reset();
  ForgetDriver(kHears);
}

void Scene::EndDriver() {
  driver_->Signal(SIGTERM);
  EXPECT_EQ(driver_->WaitForExit(), 0) << driver_->errors();
  ForgetDriver(Nanos{0});
  if (driving_ == Driving::kStream) {
    const auto tally = TallyOf(driver_->WaitForLine("tally ").value_or(""));
    EXPECT_TRUE(tally) << driver_->errors();
    if (tally) {
      std::printf("        %d frames, ended %s\n", tally->sent, tally->end.c_str());
      EXPECT_EQ(tally->twice, 0) << "frames with two verdicts";
      const bool broken = tally->end != "OK";
      EXPECT_TRUE(broken || tally->missing <= tally->lost) << tally->missing << " without verdict";
    }
  }
  driver_.reset();
}

void Scene::FreezeDriver(Nanos span) {
  driver_->Signal(SIGSTOP);
  // Its stream says nothing more; a move goes on while the lease does.
  const std::int64_t frozen_ns = Now_ns();
  const bool was_driving = ledger_.drives.is_open();
  const Nanos lives = driving_ == Driving::kStream ? kCommandLives : kLeaseLives + kHears;
  ledger_.drives.Close(frozen_ns + lives.count());
  EXPECT_TRUE(truth_.WaitUntil(frozen_ns + span.count()));
  if (was_driving) ledger_.drives.Open(Now_ns());
  driver_->Signal(SIGCONT);
}

void Scene::KillWhileEnabling(int frames, bool kill_daemon, std::uint64_t seed) {
  ledger_.energises.Open(Now_ns());
  ledger_.releases.Open(Now_ns());
  const auto client = WildClient(daemon_->socket(), "enable", seed);
  EXPECT_TRUE(client->WaitForLine("going")) << client->errors();
  EXPECT_TRUE(truth_.WaitForFrames(frames));
  if (kill_daemon) KillDaemon();
  client->Signal(SIGKILL);
  client->WaitForExit();
  const std::int64_t now_ns = Now_ns();
  ledger_.energises.Close(now_ns);
  if (!stops_.releases() || kill_daemon) ledger_.releases.Close(now_ns);
  if (kill_daemon) return;
  EXPECT_TRUE(Eventually([&] { return IsTorque(true) || IsTorque(false); }))
      << "some joints have torque and some have not";
}

void Scene::Flood(Nanos span, std::uint64_t seed) {
  const auto client = WildClient(daemon_->socket(), "flood", seed);
  EXPECT_TRUE(client->WaitForLine("going")) << client->errors();
  EXPECT_TRUE(truth_.WaitUntil(Now_ns() + span.count()));
  client->Signal(SIGKILL);
  client->WaitForExit();
  EXPECT_TRUE(daemon_->WaitForFreshJoints(12)) << "it has not got over the flood";
}

void Scene::ReleaseTorque() {
  client::LeaseOptions options;
  options.client_name = "releaser";
  std::unique_ptr<client::Lease> lease;
  // The lease of a client that was killed lives on for a second.
  EXPECT_TRUE(Eventually([&] {
    auto granted = client::Lease::Acquire(daemon(), options);
    if (granted.ok()) lease = *std::move(granted);
    return lease != nullptr;
  }));
  if (lease == nullptr) return;
  ledger_.releases.Open(Now_ns());
  v1::ReleaseTorqueRequest request;
  *request.mutable_lease() = lease->ref();
  const auto released = daemon().Call(client::kReleaseTorque, request);
  EXPECT_TRUE(!released.ok() || IsTorque(false)) << "released, and under torque";
  if (!stops_.releases()) ledger_.releases.Close(Now_ns());
}

}  // namespace soarm::test
