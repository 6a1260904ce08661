#pragma once

#include "common/time/clock.h"

namespace soarm {

// A clock that stands still until it is advanced; sleeping on it advances it.
//
// Threads  one.
class FakeClock final : public Clock {
 public:
  MonoTime Now() const noexcept override { return now_; }
  void SleepUntil(MonoTime deadline) noexcept override {
    if (deadline > now_) now_ = deadline;
  }
  SleepSpan Suspended() const noexcept override { return {suspended_, suspended_}; }
  void Advance(Nanos by) noexcept { now_ += by; }
  // The machine sleeps: the clock stands still meanwhile.
  void Suspend(Nanos by) noexcept { suspended_ += by; }

 private:
  MonoTime now_ = FromNanos(1'000'000'000);    // not the epoch, which means "never"
  Nanos suspended_ = std::chrono::minutes(3);  // of sleep before the test
};

}  // namespace soarm
