#include "tests/system/host_stalls.h"

#include <chrono>

#include <pthread.h>
#include <sched.h>

namespace soarm::test {
namespace {

using std::chrono::milliseconds;

// Above the daemon's and the simulator's.
constexpr int kPriority = 60;
constexpr milliseconds kEvery(1);
// Less does not make a tick late: its exchange leaves over as much.
constexpr milliseconds kStall(1);
constexpr milliseconds kTick(5);

}  // namespace

HostStalls::HostStalls() {
  for (unsigned cpu = 0; cpu < std::thread::hardware_concurrency(); ++cpu) {
    threads_.emplace_back([this, cpu] { Watch(cpu); });
  }
}

HostStalls::~HostStalls() {
  ends_ = true;
  for (std::thread& thread : threads_) thread.join();
}

void HostStalls::Watch(unsigned cpu) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(cpu, &only);
  ::pthread_setaffinity_np(::pthread_self(), sizeof only, &only);
  const sched_param parameter{.sched_priority = kPriority};
  // Where that is refused the daemon's threads are ordinary ones, too.
  ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &parameter);
  MonotonicClock clock;
  MonoTime due = clock.Now();
  while (!ends_) {
    due += kEvery;
    clock.SleepUntil(due);
    const MonoTime now = clock.Now();
    if (now - due < kStall) continue;
    // Those that were due meanwhile, and the one that was in the middle of its exchange.
    ticks_lost_ += 1 + static_cast<std::uint64_t>((now - due) / kTick);
    due = now;
  }
}

}  // namespace soarm::test
