#pragma once

#include <algorithm>

#include "common/time/clock.h"

namespace soarm {

// Notices that the machine slept. No deadline on CLOCK_MONOTONIC has passed meanwhile, however long
// it was: who was promised something before has to be asked again.
//
// Who is preempted or stopped between two readings of the clock did not sleep: what it slept at
// least has to be more than what it had slept at most.
//
// Threads    one at a time.
// Real time  yes.
class SuspendWatch {
 public:
  explicit SuspendWatch(const Clock& clock) noexcept
      : clock_(clock), seen_(clock.Suspended().at_most) {}

  // Whether it slept since the construction or the last call that said so.
  bool Slept() noexcept {
    const SleepSpan now = clock_.Suspended();
    const bool slept = now.at_least - seen_ >= kShortest;
    // What it has slept at most by now, it had slept at most by then.
    seen_ = slept ? now.at_most : std::min(seen_, now.at_most);
    return slept;
  }

 private:
  // Far above what reading two clocks takes, far below what a suspend takes.
  static constexpr Nanos kShortest = std::chrono::milliseconds(10);

  const Clock& clock_;
  Nanos seen_;  // at most
};

}  // namespace soarm
