#pragma once

#include <string>
#include <vector>

namespace soarm {

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
};

}  // namespace soarm
