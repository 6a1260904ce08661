#pragma once

#include <algorithm>
#include <chrono>
#include <span>

#include "common/time/clock.h"

namespace soarm::servo {

// Nothing slower than this is waited for: USB over a network.
inline constexpr Nanos kLongestAllowance = std::chrono::milliseconds(60);
// A USB adapter adds one or two milliseconds, an FTDI as it comes 16. From here on it is slow: the
// bus then runs as fast as its answers come, and says so (ADAPTER_LATENCY).
inline constexpr Nanos kSlowTransport = std::chrono::microseconds(2500);
// Beyond this no torque is enabled: a request beside that of the tick would make what is known of
// the arm older than the 50 ms after which it is held.
inline constexpr Nanos kSlowestToDrive = std::chrono::milliseconds(20);

// How slow the transport is: what it usually adds to a request and its answer, and how much longer
// than computed an answer is therefore waited for. The only place that knows.
//
//   is told                     when                                 does
//   Measured()                  opening, and whenever it is or was   sets both anew
//                               found to be slow since
//   Cover()                     measured anew, and not slow          widens, within the bounds
//   Widen()                     an answer came after its time        the same, by a step
//   Relax()                     an exchange was complete in time     narrows, by much less
//
// Real time  every function.
class TransportDelay {
 public:
  // What the allowance is kept within where the transport is not slow.
  struct Bounds {
    Nanos lowest;
    Nanos highest;
  };

  // Before anything is known: just this.
  void Fix(Nanos allowance) noexcept { lowest_ = highest_ = allowance_ = allowance; }

  // `sorted`: delays in ascending order.
  void Measured(std::span<const Nanos> sorted, Bounds bounds) noexcept {
    usual_ = UsualOf(sorted);
    highest_ = is_slow() ? kLongestAllowance : bounds.highest;
    lowest_ = allowance_ = std::clamp(EnoughFor(sorted), bounds.lowest, highest_);
  }
  void Cover(std::span<const Nanos> sorted) noexcept {
    allowance_ = std::max(allowance_, std::min(EnoughFor(sorted), highest_));
  }
  // For instance on a loaded host.
  void Widen() noexcept { allowance_ = std::min(allowance_ + kStep, highest_); }
  // Creeps back within some seconds, so that one bad moment does not make a silent servo expensive
  // for ever.
  void Relax() noexcept { allowance_ = std::max(allowance_ - kStep / 2000, lowest_); }

  Nanos allowance() const noexcept { return allowance_; }
  // As measured; small ones count as none.
  Nanos usual() const noexcept { return usual_; }
  bool is_slow() const noexcept { return usual_ >= kSlowTransport; }
  bool lets_drive() const noexcept { return usual_ <= kSlowestToDrive; }
  // What a request takes beside the wire's time when the transport does its best.
  Nanos at_best() const noexcept {
    return std::min(allowance_, is_slow() ? usual_ : kUsualAllowance);
  }

  // The middle one: where most are long it is the transport, and not one servo, that has to be
  // waited for.
  static Nanos UsualOf(std::span<const Nanos> sorted) noexcept {
    return sorted.empty() ? Nanos(0) : sorted[sorted.size() / 2];
  }

 private:
  static constexpr Nanos kUsualAllowance = std::chrono::microseconds(500);
  static constexpr Nanos kStep = std::chrono::microseconds(250);

  // Half as much again as the second longest, for what is now and then slower than it was measured
  // to be. The longest one is often a hiccup of this host, and costs at most an answer that is
  // asked for again.
  static Nanos EnoughFor(std::span<const Nanos> sorted) noexcept {
    const Nanos long_one = sorted.size() < 2 ? Nanos(0) : sorted[sorted.size() - 2];
    return long_one * 3 / 2 + std::chrono::microseconds(100);
  }

  Nanos usual_{0};
  Nanos lowest_{std::chrono::milliseconds(4)};
  Nanos highest_{std::chrono::milliseconds(4)};
  Nanos allowance_{std::chrono::milliseconds(4)};
};

}  // namespace soarm::servo
