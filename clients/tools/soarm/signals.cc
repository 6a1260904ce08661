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

int CodeOf(int signal) {
  const bool from_keyboard = signal == SIGINT || signal == SIGTSTP;
  return from_keyboard ? static_cast<int>(ExitCode::kInterrupted) : 128 + signal;
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
      const int signal = sigtimedwait(&watched, nullptr, &period);
      if (signal < 0) continue;
      if (source_.stop_requested()) ::_exit(CodeOf(signal));
      signal_ = signal;  // before the request: who ends because of it asks for it
      source_.request_stop();
    }
  });
}

SignalWatch::~SignalWatch() = default;

int SignalWatch::ExitCodeFor(int code) const {
  return code == static_cast<int>(ExitCode::kInterrupted) && signal_ != 0 ? CodeOf(signal_) : code;
}

}  // namespace soarm::cli
