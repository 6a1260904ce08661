#pragma once

#include <string>

namespace soarm {

// What the daemon says of itself. Immutable after start.
struct DaemonIdentity {
  std::string version;   // e.g. "0.1.0"
  std::string revision;  // of its source
  bool simulated = false;
};

}  // namespace soarm
