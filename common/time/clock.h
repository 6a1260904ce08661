#pragma once

#include <chrono>
#include <cstdint>

namespace soarm {

using Nanos = std::chrono::nanoseconds;

// A point on CLOCK_MONOTONIC. libstdc++'s steady_clock reads that clock.
using MonoTime = std::chrono::time_point<std::chrono::steady_clock, Nanos>;

inline constexpr std::int64_t ToNanos(MonoTime time) { return time.time_since_epoch().count(); }
inline constexpr MonoTime FromNanos(std::int64_t nanos) { return MonoTime(Nanos(nanos)); }
inline constexpr double ToSeconds(Nanos span) { return static_cast<double>(span.count()) * 1e-9; }

// How long the machine has slept since it was booted, as far as two clocks that cannot be read at
// once tell.
struct SleepSpan {
  Nanos at_least{0};
  Nanos at_most{0};
};

// Time as a dependency: tests pass a clock that they advance by hand.
//
// Threads    any.
// Real time  neither call allocates, locks or throws.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonoTime Now() const noexcept = 0;
  // Returns at or after `deadline`; at once when it has passed. Signals do not cut it short.
  virtual void SleepUntil(MonoTime deadline) noexcept = 0;
  // How long the machine has slept since it was booted: CLOCK_MONOTONIC stands still meanwhile. The
  // two bounds are microseconds apart, or as far as the reader was kept from running in between. 0
  // for a clock that never stands still.
  virtual SleepSpan Suspended() const noexcept { return {}; }
};

// CLOCK_MONOTONIC with absolute sleeps.
class MonotonicClock final : public Clock {
 public:
  MonoTime Now() const noexcept override;
  void SleepUntil(MonoTime deadline) noexcept override;
  SleepSpan Suspended() const noexcept override;
};

// A hash of boot id and time namespace. Constant while the process lives; see ClockIdentity.
// ReadSuspendCount(): how often the kernel says this machine has slept; 0 where it does not say.
std::uint64_t ReadClockId();
std::uint64_t ReadSuspendCount();

// CLOCK_REALTIME minus CLOCK_MONOTONIC now.
Nanos ReadWallOffset() noexcept;

}  // namespace soarm
