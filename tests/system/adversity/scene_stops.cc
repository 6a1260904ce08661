// Stops, asserted in every way, and taken back.

#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "clients/cpp/stop_socket.h"
#include "tests/system/adversity/scene.h"
#include "tests/system/frame_stream.h"

namespace soarm::test {
namespace {

// The same levels in the words of each way; the last one does not exist.
constexpr std::array<const char*, 4> kWords = {"hold", "soft-hold", "release", "panic"};
constexpr std::array<int, 4> kLevels = {v1::StopRequest::HOLD, v1::StopRequest::SOFT_HOLD,
                                        v1::StopRequest::RELEASE, 7};
constexpr std::size_t kRelease = 2;
constexpr const char* kUnheard = "unheard";
constexpr Nanos kShortly = std::chrono::milliseconds(100);

// Whether the answer says that a restart would not forget it.
absl::StatusOr<bool> StopByCall(client::Connection& daemon, std::size_t level, std::size_t groups) {
  v1::StopRequest request;
  request.set_level(static_cast<v1::StopRequest::Level>(kLevels.at(level)));
  if (groups > 0) request.add_groups(groups == 1 ? "arm" : "nobody");
  request.set_reason("call");
  const auto answer =
      daemon.Call(client::kStop, request, {.timeout = Process::kPatience, .stop = {}});
  if (!answer.ok()) return answer.status();
  return !answer->has_not_kept();
}

absl::StatusOr<bool> StopBySocket(const std::string& socket, std::size_t level) {
  const auto answer =
      client::StopThroughSocket(socket + ".stop", kWords.at(level), "smoke", Process::kPatience);
  if (!answer.ok()) return answer.status();
  // A note says that it is not kept, or that the level does not exist.
  return answer->notes.empty();
}

absl::StatusOr<bool> StopByCommand(const std::string& socket, std::size_t level) {
  Process command("soarm", {"--server", "unix:" + socket, "stop", "--level", kWords.at(level)});
  const std::optional<int> code = command.WaitForExit();
  // 1: it was not reached; 2: a slip, and HOLD for everything. Whether it is kept is a note.
  const bool slip = code == 2 && kWords.at(level) == std::string("panic");
  if (code == 0 || code == 1 || slip) return code == 0 && command.errors().empty();
  return absl::UnknownError(command.errors());
}

}  // namespace

v1::SafetyState Scene::Safety() {
  const auto safety = daemon().Call(client::kGetSafety, v1::GetSafetyRequest(),
                                    {.timeout = Process::kPatience, .stop = {}});
  EXPECT_TRUE(safety.ok()) << safety.status();
  return safety.ok() ? *safety : v1::SafetyState();
}

void Scene::LearnStops(bool kept, bool new_ones_are_ours) {
  const v1::SafetyState safety = Safety();
  if (new_ones_are_ours) stops_.Take(safety, kept);
  const std::int64_t now_ns = Now_ns();
  if (!stops_.releases()) ledger_.releases.Close(now_ns);
  if (!stops_.any()) return;
  ledger_.stopped.Open(now_ns);
  // A stream that was open before stays held when the stop is cleared; moves end, and the client
  // begins anew.
  if (driving_ == Driving::kStream) ForgetDriver(Nanos{0});
  if (stops_.releases()) {
    ledger_.releases.Open(now_ns);
    ExpectTorque(false, "under a stop RELEASE");
  }
}

void Scene::Stop(Way way, std::size_t level, std::size_t groups) {
  if (level == kRelease) ledger_.releases.Open(Now_ns());
  absl::StatusOr<bool> kept = false;
  switch (way) {
    case Way::kCall:
      kept = StopByCall(daemon(), level, groups);
      break;
    case Way::kSocket:
      kept = StopBySocket(daemon_->socket(), level);
      break;
    case Way::kCommand:
      kept = StopByCommand(daemon_->socket(), level);
      break;
  }
  EXPECT_TRUE(kept.ok()) << kept.status();
  LearnStops(kept.ok() && *kept, true);
  EXPECT_TRUE(stops_.any()) << "a stop was answered, and none stands";
}

void Scene::StopUnheard(std::size_t level) {
  if (level == kRelease) ledger_.releases.Open(Now_ns());
  const auto answer = client::StopThroughSocket(folder_.File("soarmd.sock") + ".stop",
                                                kWords.at(level), kUnheard, kShortly);
  EXPECT_FALSE(answer.ok()) << "nobody is there, and it says that stop " << answer->id << " stands";
  if (!is_up()) ledger_.releases.Close(Now_ns());
}

void Scene::ExpectHeard(std::size_t level) {
  const int heard = level < kRelease + 1 ? kLevels.at(level) : v1::StopRequest::HOLD;
  EXPECT_TRUE(Eventually([&] {
    const v1::SafetyState safety = Safety();
    return std::ranges::any_of(safety.stops(), [heard](const v1::StopAssertion& stop) {
      return stop.level() == heard && stop.reason().ends_with(kUnheard);
    });
  })) << "the datagram that lay in the socket is not in force";
  LearnStops(false, true);
}

void Scene::Clear(bool all) {
  if (!stops_.any()) return;
  if (all) ledger_.stopped.Close(Now_ns());
  v1::ClearRequest request;
  if (!all) request.set_stop_id(stops_.first());
  const auto cleared = daemon().Call(client::kClear, request);
  EXPECT_TRUE(cleared.ok()) << cleared.status();
  if (!cleared.ok()) return;
  for (const std::string& id : cleared->cleared()) stops_.Cleared(id, !cleared->has_not_kept());
  const std::int64_t now_ns = Now_ns();
  if (!stops_.any()) ledger_.stopped.Close(now_ns);
  if (!stops_.releases()) ledger_.releases.Close(now_ns);
}

}  // namespace soarm::test
