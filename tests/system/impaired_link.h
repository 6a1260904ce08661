#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace soarm::test {

// A bad network on this computer: tests/tools/impair.py as a process of its own, which forwards a
// free port of loopback to one address and impairs what goes through it.
//
// Threads  one.
class ImpairedLink {
 public:
  // `address` is "127.0.0.1:PORT", "[::1]:PORT" or "unix:PATH"; clean until it is told something.
  // The same seed gives the same delays and stalls. Throws where it cannot be started.
  explicit ImpairedLink(const std::string& address, int seed = 1);
  ~ImpairedLink();  // all its connections end
  ImpairedLink(const ImpairedLink&) = delete;
  ImpairedLink& operator=(const ImpairedLink&) = delete;

  static constexpr char kHost[] = "127.0.0.1";
  std::uint16_t port() const { return port_; }
  // Where to connect to.
  std::string address() const { return kHost + (":" + std::to_string(port_)); }

  // Carries one command out, e.g. "delay 100ms jitter 50ms" (impair.py --help lists them), and
  // returns once it is in force. A failed test when it is refused.
  void Do(const std::string& command);
  // One of the numbers of "counts", e.g. "connections"; a failed test and -1 where there is none.
  std::int64_t Count(const std::string& name);

 private:
  std::string Ask(const std::string& command);
  std::string ReadLine();

  pid_t pid_ = -1;
  int commands_ = -1;
  int answers_ = -1;
  std::string unread_;
  std::uint16_t port_ = 0;
};

}  // namespace soarm::test
