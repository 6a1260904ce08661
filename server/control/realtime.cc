#include "server/control/realtime.h"

#include <cerrno>
#include <cstddef>
#include <cstring>

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>

namespace soarm::control {
namespace {

void Note(RealtimeReport& report, const char* what, int error) {
  if (!report.refusals.empty()) report.refusals += "; ";
  report.refusals += what;
  report.refusals += ": ";
  report.refusals += std::strerror(error);
}

// Far more than a tick needs, far less than the stack has.
constexpr std::size_t kTouched = 128 * 1024;

[[gnu::noinline]] void TouchStack() noexcept {
  char pages[kTouched];
  volatile char* touched = pages;
  for (std::size_t i = 0; i < kTouched; i += 1024) touched[i] = 0;
}

}  // namespace

RealtimeReport RequestRealtime(const std::string& name, const ControlOptions& options) {
  RealtimeReport report;
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  // Timer slack would delay an ordinary thread's wake-ups by 50 us; FIFO threads have none.
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  if (options.realtime_priority > 0) {
    const sched_param parameter{.sched_priority = options.realtime_priority};
    const int error = pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameter);
    report.priority = error == 0;
    if (error != 0) Note(report, "SCHED_FIFO", error);
  }
  if (options.cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(options.cpu), &set);
    const int error = pthread_setaffinity_np(pthread_self(), sizeof set, &set);
    report.cpu_pinned = error == 0;
    if (error != 0) Note(report, "processor affinity", error);
  }
  // On fault only: whole stacks of all other threads would cost tens of MB for nothing.
  report.memory_locked = mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
  if (!report.memory_locked) Note(report, "mlockall", errno);
  TouchStack();
  return report;
}

}  // namespace soarm::control
