#pragma once

#include <cstdint>

#include "common/time/clock.h"

namespace soarm::control {

// 0 for 0: back to back.
constexpr Nanos PeriodOf(double rate_hz) noexcept {
  return rate_hz > 0 ? Nanos(static_cast<std::int64_t>(1e9 / rate_hz)) : Nanos::zero();
}

// The absolute schedule of a cycle: tick k is due at start + k * period. A pass that overruns
// loses whole periods and keeps the phase; it never runs twice to catch up.
//
// Threads    the cycle's.
// Real time  yes. Pure: time is passed in.
class Schedule {
 public:
  // `period` 0: the next tick is due at once.
  Schedule(MonoTime start, Nanos period) noexcept : start_(start), due_(start), period_(period) {}

  MonoTime due() const noexcept { return due_; }
  // Counts periods since the start, skipped ones included.
  std::uint64_t tick() const noexcept { return tick_; }
  std::uint64_t missed() const noexcept { return missed_; }

  // Moves on after a pass that ended at `now`. A tick that is late by less than a period still
  // runs, late; older ones are skipped. They count as missed unless the pass was `excused`: while a
  // bus is opened nothing is due on it.
  void Advance(MonoTime now, bool excused = false) noexcept {
    if (period_ <= Nanos::zero()) {
      ++tick_;
      due_ = now;
      return;
    }
    std::uint64_t next = tick_ + 1;
    const Nanos behind = now - At(next);
    if (behind >= period_) {
      const auto skipped = static_cast<std::uint64_t>(behind / period_);
      if (!excused) missed_ += skipped;
      next += skipped;
    }
    tick_ = next;
    due_ = At(next);
  }

 private:
  MonoTime At(std::uint64_t tick) const noexcept {
    return start_ + period_ * static_cast<std::int64_t>(tick);
  }

  MonoTime start_;
  MonoTime due_;
  Nanos period_;
  std::uint64_t tick_ = 0;
  std::uint64_t missed_ = 0;
};

}  // namespace soarm::control
