#pragma once

#include <cstdint>
#include <map>
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

// Every packet from the host since `since_ns` that does anything but ask.
int CountChanges(client::Connection& simulator, std::int64_t since_ns, const std::string& bus = {});

// The fastest that the goals of `servo` moved over 50 ms and over 200 ms, in rad/s. The wire's
// times are true to some milliseconds only, more on a busy machine; that much is allowed for, and a
// tick of the encoder. What is left is a jump, or a speed that is too high by a sixth.
double FastestGoal_rad_s(const std::vector<GoalWritten>& goals, int servo);

// When the goal of `servo` changed last; `since_ns` when it never did.
std::int64_t LastChange_ns(const std::vector<GoalWritten>& goals, int servo, std::int64_t since_ns);

// From the lowest to the highest goal of `servo`.
double GoalTravel_rad(const std::vector<GoalWritten>& goals, int servo);

// What the servos' goals are, by id, to be compared with later ones.
std::map<std::uint32_t, int> GoalsNow(client::Connection& simulator);

// A failed test when any goal that was written since `since_ns` is further than `tolerance` ticks
// from `held`.
void ExpectGoalsHeld(client::Connection& simulator, std::int64_t since_ns,
                     const std::map<std::uint32_t, int>& held, int tolerance = 0);

}  // namespace soarm::test
