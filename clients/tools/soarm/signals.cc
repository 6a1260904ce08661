#include "clients/tools/soarm/signals.h"

#include <csignal>
#include <ctime>

#include <unistd.h>

#include "clients/tools/soarm/exit_code.h"

namespace soarm::cli {
namespace {

sigset_t Watched() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGTSTP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

SignalWatch::SignalWatch() {
  const sigset_t watched = Watched();
  pthread_sigmask(SIG_BLOCK, &watched, nullptr);
  // A reader of a pipe that went away must not end a program that holds a lease.
  std::signal(SIGPIPE, SIG_IGN);
  waiter_ = std::jthread([this, watched](const std::stop_token& done) {
    const timespec period{.tv_sec = 0, .tv_nsec = 50'000'000};  // to notice the destructor
    while (!done.stop_requested()) {
      if (sigtimedwait(&watched, nullptr, &period) < 0) continue;
      if (!source_.request_stop()) ::_exit(static_cast<int>(ExitCode::kInterrupted));
    }
  });
}

SignalWatch::~SignalWatch() = default;

}  // namespace soarm::cli
