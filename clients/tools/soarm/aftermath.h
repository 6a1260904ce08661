#pragma once

#include <map>
#include <string>

#include "clients/tools/soarm/session.h"

namespace soarm::cli {

// What an interrupted command leaves behind.
struct Aftermath {
  std::string sentence;                       // "arm is in mode HOLD, under torque"; several joined
  std::map<std::string, std::string> groups;  // the same by group, for programs
  bool energised = false;                     // some joint is under torque
  bool unheard = false;  // some joint was, and its servos are not heard any more
};

// The state of every group that `session` answers for, once it is settled: nothing follows or
// moves any more, and torque is on or off everywhere. Blocks for three seconds at most, whatever is
// requested meanwhile; says so when it could not find out.
Aftermath LookAround(const Session& session);

}  // namespace soarm::cli
