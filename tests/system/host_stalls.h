#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "common/time/clock.h"

namespace soarm::test {

// What the machine itself takes from its threads of highest priority, so that a daemon is not
// blamed for it: a hypervisor that runs another guest, and the kernel's own work.
//
// Threads  any; watches each processor on a thread of its own, from when it is made.
class HostStalls {
 public:
  HostStalls();
  ~HostStalls();
  HostStalls(const HostStalls&) = delete;
  HostStalls& operator=(const HostStalls&) = delete;

  // How many ticks may have been lost to it so far, each of 5 ms.
  std::uint64_t ticks_lost() const { return ticks_lost_; }

 private:
  void Watch(unsigned cpu);

  std::atomic<bool> ends_{false};
  std::atomic<std::uint64_t> ticks_lost_{0};
  std::vector<std::thread> threads_;  // last: use all the others
};

}  // namespace soarm::test
