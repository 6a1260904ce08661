#pragma once

#include <atomic>

#include "common/sync/wake_signal.h"

namespace soarm {

// Wakes who looks at what ticks publish, but only for ticks that somebody waits for or that have
// something to fetch: to wake a thread costs more than most ticks compute.
//
// Threads    Tick() from those that tick, Rest() from the one that is woken, the rest from any.
// Real time  Tick() never blocks; one system call, and only if it rings for somebody who sleeps.
class TickBell {
 public:
  // The next tick rings, and all after it until Rest().
  void Ask() noexcept { asked_.store(true, std::memory_order_seq_cst); }
  // Before the look at what was asked for, so that an Ask() in the midst of it stands.
  void Rest() noexcept { asked_.store(false, std::memory_order_seq_cst); }
  // A tick has published. `has_news`: it rings, asked or not.
  void Tick(bool has_news) noexcept {
    if (has_news || asked_.load(std::memory_order_seq_cst)) signal_.Notify();
  }
  // Rings without a tick, too.
  WakeSignal& signal() noexcept { return signal_; }

 private:
  WakeSignal signal_;
  std::atomic<bool> asked_{false};
};

}  // namespace soarm
