#pragma once

#include <cstdint>
#include <mutex>

#include "common/time/suspend_watch.h"

namespace soarm {

// Which clock stamps belong to: a hash of boot id, time namespace and the number of suspends, so
// that stamps of two hosts, boots or containers are never compared, and an offset that a client
// estimated before a suspend is not used after it. (Where the kernel keeps no count, those before
// the start are not counted.)
//
// Threads  any; a leaf lock.
class ClockIdentity {
 public:
  explicit ClockIdentity(const Clock& clock) : first_(ReadClockId()), watch_(clock) {}

  std::uint64_t Now() {
    const std::lock_guard lock(mutex_);
    if (watch_.Slept()) ++suspends_;
    return first_ + suspends_ * kStep;
  }

 private:
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15;  // odd: no two counts give one name

  const std::uint64_t first_;
  std::mutex mutex_;  // guards what follows
  SuspendWatch watch_;
  std::uint64_t suspends_ = ReadSuspendCount();
};

}  // namespace soarm
