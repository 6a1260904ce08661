#pragma once

#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "common/time/clock.h"

namespace soarm::client {

// Stops the robot through the daemon's datagram socket, which needs neither gRPC nor a lease and
// answers even when the daemon's other threads hang. `level` is "hold", "soft-hold" or "release".
// Yields the id of the stop once the daemon has confirmed it. Blocks for `timeout` at most.
//   kUnavailable       nobody is behind the socket
//   kDeadlineExceeded  sent, yet not confirmed: it may or may not be in force
//   kUnknown           the daemon answered something else
absl::StatusOr<std::string> StopThroughSocket(const std::string& path, std::string_view level,
                                              std::string_view reason, Nanos timeout);

}  // namespace soarm::client
