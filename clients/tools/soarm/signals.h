#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace soarm::cli {

// Turns SIGINT, SIGTERM, SIGHUP and SIGTSTP into a stop request, so that a command can end the
// motion and give its lease back before the program ends. A second signal ends the program at
// once: whoever insists is obeyed.
//
// SIGTSTP (Ctrl-Z) counts as well: a suspended program could neither renew its lease nor stop.
//
// Threads    construct on main before any other thread exists, because it blocks the signals for
//            all threads made later. Owns the thread that waits for them.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  std::stop_token token() const { return source_.get_token(); }

  // The program's exit code when a command ended with `code`: 130 for interrupted becomes 128 + the
  // number of the signal that did it. Ctrl-Z counts as Ctrl-C, since it ended the program.
  int ExitCodeFor(int code) const;

 private:
  std::stop_source source_;
  std::atomic<int> signal_{0};
  std::jthread waiter_;
};

}  // namespace soarm::cli
