#pragma once

#include <atomic>
#include <cstdint>

#include "common/time/clock.h"

namespace soarm {

// Tells sleeping threads that something changed, e.g. that a Snapshot has a new value. It counts
// notifications, so none is lost between looking and sleeping:
//
//   std::uint32_t seen = signal.count();
//   ... look at the state ...
//   signal.Wait(seen, deadline);
//
// Threads    any.
// Real time  Notify() never blocks; one system call (futex), and only while somebody waits.
class WakeSignal {
 public:
  void Notify() noexcept;
  std::uint32_t count() const noexcept { return count_.load(std::memory_order_acquire); }
  // Returns once count() differs from `seen`, or at `deadline`; spurious returns are possible.
  void Wait(std::uint32_t seen, MonoTime deadline) noexcept;

 private:
  std::atomic<std::uint32_t> count_{0};
  std::atomic<std::uint32_t> waiters_{0};
};

}  // namespace soarm
