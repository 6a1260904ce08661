#pragma once

#include <cstdint>
#include <string>

#include "common/base/listen_address.h"

namespace soarm {

// What the local network is told of the robot. It proves nothing: whoever reads it is to find out
// by TLS who answers there.
struct Announcement {
  std::string robot;        // its name; another one's of the same name gets a number behind it
  ListenAddress address;    // of TLS, with its real port
  std::string version;      // of the daemon
  std::string fingerprint;  // of the robot's certificate, in hexadecimal
};

// Whether other machines can come to what listens there at all.
bool IsForOthers(const ListenAddress& address);

}  // namespace soarm
