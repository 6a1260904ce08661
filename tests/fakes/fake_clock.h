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
  void Advance(Nanos by) noexcept { now_ += by; }

 private:
  MonoTime now_ = FromNanos(1'000'000'000);  // not the epoch, which means "never"
};

}  // namespace soarm
