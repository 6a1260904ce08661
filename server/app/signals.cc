#include "server/app/signals.h"

#include <csignal>
#include <ctime>

#include <unistd.h>

namespace soarm {
namespace {

sigset_t EndSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void BlockEndSignals() {
  const sigset_t set = EndSignals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of write(), not an end
}

int WaitForEndSignal(Nanos patience) {
  const sigset_t set = EndSignals();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(patience);
  const timespec timeout{seconds.count(), (patience - seconds).count()};
  const int signal = ::sigtimedwait(&set, nullptr, &timeout);
  return signal > 0 ? signal : 0;
}

void LimitShutdown(std::chrono::seconds most) {
  std::signal(SIGALRM, SIG_DFL);
  // Whoever started us may have left it blocked.
  sigset_t alarm_only;
  sigemptyset(&alarm_only);
  sigaddset(&alarm_only, SIGALRM);
  ::pthread_sigmask(SIG_UNBLOCK, &alarm_only, nullptr);
  ::alarm(static_cast<unsigned>(most.count()));
}

}  // namespace soarm
