#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/base/inline_vector.h"
#include "common/time/clock.h"
#include "server/servo/bus/servo_record.h"
#include "server/servo/bus/slack.h"
#include "server/servo/bus/transport_delay.h"

namespace soarm::servo {

// Notices while the bus is open that its transport became slow, or quick again, by measuring it as
// it was measured when the bus was opened: with one more request in what a tick leaves over, sent
// right after an answer, so that it meets the whole of what an adapter holds back.
//
//   state      entered by                                 asks
//   calm       a look that found nothing                  nothing
//   looking    answers that came only late, see           every tick while there is room, else
//              ServoLink::TakeLateness()                  every other one, until kSamples were
//                                                         answered, kLookFor is over, or nobody
//                                                         answers any more
//   slow       a look in which most took long, or         every kLookEvery; goes by the newest
//              the opening                                kSamples, and so ends when that is over
//
// Lateness is a reason to look and no more. What one slow servo, a silent one, noise or another
// program's traffic brings about, most of those that answer do not confirm.
//
// Real time  every function.
class TransportWatch {
 public:
  static constexpr std::size_t kSamples = 9;
  static constexpr Nanos kLookFor = std::chrono::seconds(2);
  static constexpr Nanos kCalmFor = std::chrono::milliseconds(500);
  static constexpr Nanos kLookEvery = std::chrono::milliseconds(250);

  // The bus was opened.
  void Restart(MonoTime now) noexcept;

  // Once a tick: whether an exchange since the last one was late, and whether anybody answered this
  // one.
  void Hear(bool late, bool answered, MonoTime now) noexcept;

  bool is_looking() const noexcept { return looking_; }
  // How long a servo that is not put aside is waited for beyond its worst case, where `usual` is
  // what it is usually granted.
  Nanos Patience(Nanos usual) const noexcept {
    return looking_ ? std::max(usual, patience_) : usual;
  }

  // Whether to measure in this tick. `heard_at`: the last byte of an answer; what is sent long
  // after one meets only a part of what an adapter holds back. `room`: one more request fits the
  // period.
  bool IsDue(bool is_slow, MonoTime heard_at, bool room, MonoTime now) noexcept;
  // Whom to ask: those that are not put aside, in turn.
  template <typename Servos>
  std::optional<std::size_t> Next(const Servos& servos) noexcept {
    const std::size_t count = servos.size();
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t joint = (next_ + k) % count;
      if (servos[joint].health.quarantined()) continue;
      next_ = joint + 1;
      return joint;
    }
    return std::nullopt;
  }
  // It was asked and did not answer.
  void Miss() noexcept { missed_ = true; }
  // For this long it is waited for then, beyond its worst case.
  Nanos patience() const noexcept { return patience_; }
  // What it took. True: `transport` is another one now, and what was planned by it has to be
  // planned anew.
  bool Take(Nanos delay, TransportDelay& transport, TransportDelay::Bounds bounds,
            MonoTime now) noexcept;

 private:
  using Samples = InlineVector<Nanos, kSamples>;
  // Whether `transport` changed.
  bool Decide(TransportDelay& transport, TransportDelay::Bounds bounds) const noexcept;
  void EndLook(MonoTime now) noexcept;

  bool looking_ = false;
  Nanos patience_ = kSlowestToDrive;
  Samples samples_;      // in the order they came
  int unanswered_ = 0;   // ticks in a row
  bool missed_ = false;  // by the one that was asked last
  RoomWait wait_{2};
  std::size_t next_ = 0;
  MonoTime look_until_{};
  MonoTime calm_until_{};
  MonoTime looked_at_{};
};

}  // namespace soarm::servo
