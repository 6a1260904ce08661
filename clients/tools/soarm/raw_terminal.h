#pragma once

#include <optional>
#include <string>

#include <termios.h>

#include "common/time/clock.h"

namespace soarm::cli {

// Keys as they are pressed, from a terminal without echo and line editing, or from a pipe. Ctrl-C
// and Ctrl-Z stay signals. The destructor gives the terminal back as it was.
class RawTerminal {
 public:
  explicit RawTerminal(int fd);
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  // Keys that came within `timeout`, perhaps none; nothing at the end of input.
  std::optional<std::string> Read(Nanos timeout);

 private:
  const int fd_;
  std::optional<termios> before_;  // empty: not a terminal
};

}  // namespace soarm::cli
