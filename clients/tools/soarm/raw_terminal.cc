#include "clients/tools/soarm/raw_terminal.h"

#include <cerrno>

#include <poll.h>
#include <unistd.h>

namespace soarm::cli {

RawTerminal::RawTerminal(int fd) : fd_(fd) {
  termios settings{};
  if (::tcgetattr(fd_, &settings) != 0) return;
  before_ = settings;
  settings.c_lflag &= static_cast<tcflag_t>(~(ICANON | ECHO));
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  ::tcsetattr(fd_, TCSANOW, &settings);
}

RawTerminal::~RawTerminal() {
  if (before_) ::tcsetattr(fd_, TCSANOW, &*before_);
}

std::optional<std::string> RawTerminal::Read(Nanos timeout) {
  pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
  const auto timeout_ms = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
  const int ready = ::poll(&wait, 1, static_cast<int>(timeout_ms));
  if (ready == 0 || (ready < 0 && errno == EINTR)) return std::string();
  char keys[64];
  const ssize_t size = ready < 0 ? -1 : ::read(fd_, keys, sizeof keys);
  if (size < 0 && errno == EINTR) return std::string();
  if (size <= 0) return std::nullopt;  // the end, or a terminal that hung up
  return std::string(keys, static_cast<std::size_t>(size));
}

}  // namespace soarm::cli
