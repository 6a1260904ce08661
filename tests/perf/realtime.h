#pragma once

#include <cstdint>

#include <sched.h>
#include <sys/mman.h>
#include <time.h>

// What a benchmark program shares with the daemon's control thread: priority, locked memory, clock.
namespace soarm::perf {

inline std::int64_t MonotonicNs() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

inline std::int64_t ThreadCpuNs() noexcept {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

inline void SleepUntilNs(std::int64_t deadline) noexcept {
  const timespec until{static_cast<time_t>(deadline / 1'000'000'000),
                       static_cast<long>(deadline % 1'000'000'000)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

// True when both were granted. Priority 0 asks for neither.
inline bool BecomeRealtime(int priority) noexcept {
  if (priority == 0) return true;
  const sched_param param{.sched_priority = priority};
  const bool locked = mlockall(MCL_CURRENT | MCL_FUTURE) == 0;
  return sched_setscheduler(0, SCHED_FIFO, &param) == 0 && locked;
}

}  // namespace soarm::perf
