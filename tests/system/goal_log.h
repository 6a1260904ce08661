#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/system/programs.h"

namespace soarm::test {

// A word that the host wrote to a servo's goal position (register 42), as seen on the wire.
struct GoalWritten {
  std::int64_t time_ns = 0;  // when the packet's first byte had arrived
  int servo = 0;
  int raw = 0;
};

// Every goal on the wire since `since_ns`, in order. A failed test and nothing when the log cannot
// be read or lost something.
std::vector<GoalWritten> GoalsSince(client::Connection& simulator, std::int64_t since_ns,
                                    const std::string& bus = {});

// Every packet from the host that writes to a servo's torque or goal registers (40 to 49).
int CountProtectedWrites(client::Connection& simulator, const std::string& bus = {});

// The fastest that the goals of `servo` moved over 50 ms, in rad/s. When a write was due is only
// known to some milliseconds on a busy machine; that much is allowed for, and a tick of the
// encoder.
double FastestGoal_rad_s(const std::vector<GoalWritten>& goals, int servo);

}  // namespace soarm::test
