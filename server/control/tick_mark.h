#pragma once

#include <atomic>
#include <cstdint>

namespace soarm::control {

// Whether a control thread is in its tick or sleeps until the next one, for who watches the daemon
// from outside and has nothing but its memory: the marks of all threads are one array in the
// section "soarm_ticks" of the program. tests/perf/tick_probe.cc finds it there.
//
// Threads    each thread has a mark of its own; anybody may read all of them.
// Real time  Set() is one store.
class TickMark {
 public:
  static constexpr const char* kSection = "soarm_ticks";
  static constexpr int kMost = 16;  // threads; further ones leave no mark

  struct Mark {
    std::atomic<std::int32_t> thread{0};  // its number in the kernel; 0: free
    std::atomic<std::int32_t> in_tick{0};
  };

  // Takes a mark for the calling thread until the end of this object.
  TickMark() noexcept;
  ~TickMark();
  TickMark(const TickMark&) = delete;
  TickMark& operator=(const TickMark&) = delete;

  void Set(bool in_tick) noexcept {
    if (mark_ != nullptr) mark_->in_tick.store(in_tick ? 1 : 0, std::memory_order_relaxed);
  }

 private:
  Mark* mark_ = nullptr;
};

}  // namespace soarm::control
