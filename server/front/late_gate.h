#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/time/allowance.h"
#include "common/time/clock.h"
#include "server/core/when_late.h"
#include "server/front/client_frames.h"
#include "server/front/life_sign.h"

namespace soarm {

// How many calls a client may take back. Each costs gRPC memory that it never gives back
// (CVE-2023-44487), and who programs in earnest takes back few.
inline std::shared_ptr<Allowance> MakeResetAllowance(MonoTime now) {
  return std::make_shared<Allowance>(256, 50, now);
}

// Decides when the server hears what a client says. A network that stood still delivers what its
// sender has given up long ago, and takes that back only afterwards. So a call that would do harm
// then (WhenLate::kWaits) waits, with all that comes after it, until the client is known to be
// there still (LifeSign): a call and what takes it back come to the server together. Whoever gives
// no sign of life within kPatience is silent (RemoteCaller): such calls of it are refused.
// Pure: time is passed in, and bytes in and out.
//
// Threads  one.
class LateGate {
 public:
  // Longer than any way there and back over which an arm can be driven.
  static constexpr Nanos kPatience = std::chrono::seconds(1);
  static constexpr std::size_t kMostWaiting_bytes = 64 << 10;
  // In that time the server hears what it was given, and what takes it back right after it.
  static constexpr Nanos kHeardWithin = std::chrono::milliseconds(250);

  // What gRPC has to answer it keeps until then, a kilobyte each. Clients that measure their link,
  // as gRPC's for Go do, ask about once in a way there and back.
  static constexpr double kQuestionsAtOnce = 2'000;
  static constexpr double kQuestionsEachSecond = 1'000;

  enum class Verdict { kGoOn, kTakesBackTooMuch, kSaysTooMuch };

  // The client answered something that was sent at `answered`.
  LateGate(const LateRule& when_late, std::shared_ptr<Allowance> resets, MonoTime answered)
      : when_late_(when_late),
        resets_(std::move(resets)),
        questions_(kQuestionsAtOnce, kQuestionsEachSecond, answered),
        life_(answered) {}

  // It said that. Unless it goes on it is to be cut off.
  Verdict Hear(std::string_view bytes, MonoTime now);
  // The ping that is to be sent to it now; empty: none.
  std::string TakePing() { return std::exchange(ping_, {}); }
  // What the server is to hear now; the caller takes it.
  std::string& ready() { return ready_; }

  // Until then something waits.
  std::optional<MonoTime> waits_until() const { return waits_until_; }
  // That is over: whoever is silent is so by now.
  void WaitNoLonger(MonoTime now);
  bool is_silent() const { return is_silent_; }

 private:
  Verdict Take(const ClientSaid& said, MonoTime now);
  void BeginCall(WhenLate when_late, MonoTime now);
  void Ask(MonoTime now) { ping_ = life_.Ask(now); }

  const LateRule& when_late_;
  const std::shared_ptr<Allowance> resets_;
  Allowance questions_;
  ClientFrames frames_;
  LifeSign life_;
  std::string ping_;
  std::string ready_;
  std::string waiting_;
  std::optional<MonoTime> waits_until_;
  // A call came then, and what was sent since is not answered yet.
  std::optional<MonoTime> doubted_since_;
  bool is_silent_ = false;
  MonoTime refused_{};  // the last call that came while it was silent
};

}  // namespace soarm
