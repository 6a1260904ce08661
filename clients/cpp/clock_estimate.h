#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/time/clock.h"

namespace soarm::client {

// One ping and its answer: the two outer stamps on this machine's CLOCK_MONOTONIC, the inner ones
// on the daemon's.
struct ClockExchange {
  MonoTime sent{};
  std::int64_t received_ns = 0;
  std::int64_t answered_ns = 0;
  MonoTime back{};
};

// How far the daemon's clock is ahead of this machine's, and how wrong that may be.
struct ClockReading {
  Nanos offset{};        // the daemon's stamp minus ours of the same instant
  Nanos uncertainty{};   // while both clocks run evenly the truth is within this of `offset`
  Nanos round_trip{};    // of the exchange that says so
  double drift_ppm = 0;  // by which the daemon's clock is faster
};

// Estimates the offset of two clocks that each run evenly. Of an exchange with the stamps t1 to t4
// the offset ((t2 - t1) + (t3 - t4)) / 2 is wrong by half of its round trip (t4 - t1) - (t3 - t2)
// at most, whichever way was the slow one (RFC 5905, 8). So of every second the exchange of the
// shortest round trip is kept, for kWindow; the best of them, aged, counts.
//
// Both clocks are disciplined by up to 500 ppm (RFC 5905, MAXFREQ), so until more is known an
// offset ages by kMostDrift, and later by kLeastDrift at least (PHI there), as no rate stays what
// it is. Two exchanges far enough apart bound the drift better: it is the difference of their
// offsets over the time between, wrong by the sum of their half round trips over that time.
//
// An exchange that cannot be true together with what was known, because their ranges do not meet,
// tells of a clock that was set or that slept: what was known is forgotten.
//
// Pure: times are passed in. O(kWindow) a call.
// Threads  one.
class ClockEstimate {
 public:
  static constexpr std::size_t kWindow_s = 64;
  static constexpr double kMostDrift = 1e-3;
  static constexpr double kLeastDrift = 15e-6;

  // Exchanges come in the order of `back`. One whose stamps are impossible is ignored: it came back
  // before it was sent, or spent more time there than it was away.
  void Add(const ClockExchange& exchange);
  // For another clock of the daemon's (`clock_id`): what was learnt is worth nothing.
  void Reset();

  // At `now`; nothing before the first exchange.
  std::optional<ClockReading> At(MonoTime now) const;

 private:
  struct Best {
    MonoTime at{};  // the middle of its time away
    std::int64_t offset_ns = 0;
    std::int64_t round_trip_ns = 0;
    double half() const { return static_cast<double>(round_trip_ns) / 2; }
  };
  struct Drift {
    double rate = 0;
    double wrong_by = kMostDrift;
  };

  static bool Contradicts(const Best& best, const ClockReading& known);
  Drift FindDrift() const;
  const Best& at(std::size_t i) const { return kept_[(first_ + i) % kWindow_s]; }

  std::array<Best, kWindow_s> kept_{};  // a ring, oldest first
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  Drift drift_;
};

}  // namespace soarm::client
