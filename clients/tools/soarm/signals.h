#pragma once

#include <functional>
#include <stop_token>
#include <thread>

namespace soarm::cli {

// Turns SIGINT, SIGTERM, SIGHUP and SIGTSTP into a stop request, so that a command can end the
// motion and give its lease back before the program ends. A second signal ends the program at
// once with 130: whoever insists is obeyed.
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

 private:
  std::stop_source source_;
  std::jthread waiter_;
};

}  // namespace soarm::cli
