#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace soarm {

// The connections to the daemon. What was turned away is counted from the start.
struct ConnectionCounts {
  std::size_t served = 0;
  std::size_t most = 0;     // that are served at once
  std::size_t waiting = 0;  // that have not said yet what they want, or who they are
  std::uint64_t full = 0;   // there was no room
  // Did not speak HTTP/2 in time, or made room for others that wait.
  std::uint64_t silent = 0;
  std::uint64_t unproven = 0;  // by TLS: showed no certificate that is good here
  std::uint64_t idle = 0;      // said nothing and made room for others, by TCP
  std::uint64_t cut_off = 0;   // by TLS: said more, or took back more, than a client may
  // By TLS: how often a client gave no sign of life while a call of its waited for one.
  std::uint64_t stalled = 0;
  std::uint64_t listeners_rebuilt = 0;  // did not answer the daemon itself any more
};

// Where others reach the daemon, and what to know it by.
//
// Threads  any.
class Reach {
 public:
  virtual ~Reach() = default;

  // "unix:PATH", "127.0.0.1:50251", "tls:0.0.0.0:50252", with the real ports.
  virtual std::vector<std::string> addresses() const = 0;
  // SHA-256 of the certificate that stands for the robot, in hexadecimal; empty while it does not
  // listen by TLS.
  virtual std::string fingerprint() const = 0;
  virtual ConnectionCounts connections() const = 0;
};

}  // namespace soarm
