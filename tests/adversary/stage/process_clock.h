#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "common/time/clock.h"
#include "tests/adversary/stage/timeline.h"

namespace soarm::adversary {

// CLOCK_MONOTONIC of the machine that the daemon runs on: the timeline's time, less what the
// machine slept. Who sleeps on it lets the timeline go on, and wakes a little late, as threads do.
//
// Threads  one.
class ProcessClock final : public Clock {
 public:
  ProcessClock(Timeline& timeline, std::uint64_t seed) : timeline_(timeline), random_(seed) {}

  MonoTime Now() const noexcept override {
    return FromNanos(dying_ ? last_ : timeline_.now() - ahead_);
  }
  void SleepUntil(MonoTime deadline) noexcept override {
    if (dying_) last_ = std::max(last_, ToNanos(deadline));
    if (dying_ || deadline <= Now()) return;
    const Time late = Lateness();
    while (!dying_ && (Now() < deadline || timeline_.now() < frozen_until_)) {
      timeline_.WaitUntil(std::max(ToNanos(deadline) + ahead_ + late, frozen_until_));
    }
  }
  SleepSpan Suspended() const noexcept override {
    return {Nanos(ahead_ - kFirst), Nanos(ahead_ - kFirst)};
  }

  // The process stands still until then.
  void FreezeUntil(Time until) noexcept { frozen_until_ = std::max(frozen_until_, until); }
  Time frozen_until() const noexcept { return frozen_until_; }
  // The machine sleeps from now on for `span`, or that much longer, and the clock does not count
  // it.
  void Suspend(Time span) noexcept {
    const bool asleep = timeline_.now() < asleep_until_;
    if (!asleep) slept_.push_back({ToNanos(Now()), ahead_});
    asleep_until_ = std::max(asleep_until_, timeline_.now()) + span;
    FreezeUntil(asleep_until_);
    ahead_ += span;
  }
  // How far the timeline is ahead of the clock, and a stamp of the daemon's in its time.
  Nanos ahead() const noexcept { return Nanos(ahead_); }
  Time ToStage(MonoTime stamp) const noexcept {
    const Time at = ToNanos(stamp);
    for (const Sleep& sleep : slept_) {  // not what was stamped before it
      if (at < sleep.from) return at + sleep.ahead_before;
    }
    return at + ahead_;
  }
  MonoTime FromStage(Time at) const noexcept { return FromNanos(at - ahead_); }

  // What is left of a process that is being killed: nothing waits any more, so that it runs out.
  void SetDying(bool dying) noexcept {
    last_ = timeline_.now() - ahead_;
    dying_ = dying;
    frozen_until_ = dying ? 0 : asleep_until_;  // who is started on a machine that sleeps waits
  }
  bool dying() const noexcept { return dying_; }

 private:
  static constexpr Time kFirst = -1'000'000'000'000;  // up for 1000 s: the epoch means "never"
  static constexpr std::uint64_t kUsualLateness = 70'000;
  static constexpr std::uint64_t kRareLateness = 3'000'000;
  static constexpr std::uint64_t kRarely = 4999;

  Time Lateness() noexcept {
    const std::uint64_t word = random_();
    const std::uint64_t rare = word % kRarely == 0 ? random_() % kRareLateness : 0;
    return static_cast<Time>(word / kRarely % kUsualLateness + rare);
  }

  struct Sleep {
    Time from = 0;  // by this clock, which it did not advance
    Time ahead_before = 0;
  };

  Timeline& timeline_;
  std::mt19937_64 random_;
  Time ahead_ = kFirst;
  std::vector<Sleep> slept_;
  Time frozen_until_ = 0;
  Time asleep_until_ = 0;
  bool dying_ = false;
  Time last_ = 0;  // while dying
};

}  // namespace soarm::adversary
