#pragma once

#include <chrono>

#include "common/time/clock.h"

namespace soarm {

// The longest that each wait of the orderly end takes; docs/threads.md has the same table. They are
// added up here, and nowhere else is one chosen: an end that takes longer than the alarm is no end,
// and the joints then keep what they had.
struct ShutdownBudget {
  // The end of gRPC, before the robot's begins; and what is left of it, after that.
  Nanos rpc = std::chrono::milliseconds(1000);
  Nanos rpc_rest = std::chrono::milliseconds(500);
  // A bus that is just being opened comes to its end after that. Not ours to cut short.
  Nanos opening = std::chrono::milliseconds(1500);
  // Of all buses, at the same time.
  Nanos end_state = std::chrono::milliseconds(2000);
  // The last writing of the stops.
  Nanos disk = std::chrono::milliseconds(1000);
  // What is left of taking back the announcement, which began before all that.
  Nanos announce = std::chrono::milliseconds(100);
  // Whoever reads stderr.
  Nanos log = std::chrono::milliseconds(500);

  constexpr Nanos sum() const {
    return rpc + rpc_rest + opening + end_state + disk + announce + log;
  }
};

inline constexpr ShutdownBudget kShutdown;
// SIGALRM ends the process then; systemd's TimeoutStopSec comes later still.
inline constexpr std::chrono::seconds kLongestShutdown(8);
// For what needs no patience: threads that end, sockets and files that are removed.
inline constexpr Nanos kShutdownReserve = std::chrono::milliseconds(1000);
static_assert(kShutdown.sum() + kShutdownReserve <= kLongestShutdown);

}  // namespace soarm
