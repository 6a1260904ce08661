#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
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
// then (WhenLate::kWaits) waits until the client has answered a ping that went out after the call
// came (LifeSign): a call and what takes it back come to the server together, the latter first.
// None waits that is known to be younger than LifeSign::kFresh. Meanwhile what belongs to earlier
// calls goes on, such as a stream of commands, but no other call begins. Whoever gives no sign of
// life within kPatience is silent (RemoteCaller): such calls of it are refused.
//
// Pure: time is passed in, and bytes in and out.
//
// Threads  one.
class LateGate {
 public:
  // Longer than any way there and back over which an arm can be driven.
  static constexpr Nanos kPatience = std::chrono::seconds(1);
  // More than gRPC lets a client say before it has read any of it.
  static constexpr std::size_t kMostWaiting_bytes = 1 << 20;
  // In that time the server hears what it was given, and what takes it back right after it.
  static constexpr Nanos kHeardWithin = std::chrono::milliseconds(250);

  // Of ClientSaid::Kind::kOverhead. An answer that gRPC owes takes a kilobyte until it is read.
  // Clients that measure their link, as gRPC's for Go do, ask about once in a way there and back.
  static constexpr double kOverheadAtOnce = 2'000;
  static constexpr double kOverheadEachSecond = 1'000;

  enum class Verdict { kGoOn, kTakesBackTooMuch, kSaysTooMuch };

  // The client answered something that was sent at `answered`.
  LateGate(const LateRule& when_late, std::shared_ptr<Allowance> resets, MonoTime answered)
      : when_late_(when_late),
        resets_(std::move(resets)),
        overhead_(kOverheadAtOnce, kOverheadEachSecond, answered),
        life_(answered) {}

  // It said that. Unless it goes on it is to be cut off.
  Verdict Hear(std::string_view bytes, MonoTime now);
  // The ping that is to be sent to it now; empty: none.
  std::string TakePing() { return std::exchange(ping_, {}); }
  // What the server is to hear now; the caller takes it.
  std::string& ready() { return ready_; }

  // Until then something waits.
  std::optional<MonoTime> waits_until() const;
  // That is over: whoever is silent is so by now.
  void WaitNoLonger(MonoTime now);
  bool is_silent() const { return is_silent_; }

 private:
  // A call that waits, with what comes after it.
  struct Waiting {
    MonoTime since;
    std::uint32_t stream = 0;
    std::size_t from = 0;  // in waiting_
    std::size_t said = 0;  // there: up to where its headers go
  };

  Verdict Take(const ClientSaid& said, MonoTime now);
  void BeginCall(WhenLate when_late, std::uint32_t stream, MonoTime now);
  void Ask(MonoTime now) { ping_ = life_.Ask(now); }
  void LetGoOf(std::size_t calls);
  void Pass(const ClientSaid& said, std::string_view bytes);

  const LateRule& when_late_;
  const std::shared_ptr<Allowance> resets_;
  Allowance overhead_;
  ClientFrames frames_;
  LifeSign life_;
  std::string ping_;
  std::string ready_;
  std::string begun_;  // of what has not been said to its end
  std::string waiting_;
  std::deque<Waiting> calls_;         // in waiting_, in their order
  std::optional<MonoTime> unproved_;  // when the last call came that is not known to be young
  bool is_silent_ = false;
  MonoTime refused_{};  // the last call that came while it was silent
};

}  // namespace soarm
