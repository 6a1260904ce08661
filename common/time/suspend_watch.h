#pragma once

#include <cstdint>

#include "common/time/clock.h"

namespace soarm {

// Notices that the machine slept. No deadline on CLOCK_MONOTONIC has passed meanwhile, however long
// it was: who was promised something before has to be asked again.
//
// Threads    one at a time.
// Real time  yes.
class SuspendWatch {
 public:
  explicit SuspendWatch(const Clock& clock) noexcept : clock_(clock), seen_(clock.Suspended()) {}

  // Whether it slept since the construction or the last call that said so.
  bool Slept() noexcept {
    const Nanos now = clock_.Suspended();
    if (now - seen_ < kShortest) return false;
    seen_ = now;
    return true;
  }

 private:
  // Far above what reading two clocks takes, far below what a suspend takes.
  static constexpr Nanos kShortest = std::chrono::milliseconds(10);

  const Clock& clock_;
  Nanos seen_;
};

}  // namespace soarm
