#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "common/base/problem.h"
#include "common/time/clock.h"

namespace soarm::client {

// What the daemon says of a stop.
struct StopConfirmation {
  std::string id;
  std::optional<Problem> not_kept;  // why a restart of the daemon would forget the stop
  std::vector<std::string> notes;
  std::vector<std::string> not_reached;  // "base/left_wheel": cut the supply
};

// Stops the robot through the daemon's datagram socket, which needs neither gRPC nor a lease and
// answers even when the daemon's other threads hang. `level` is "hold", "soft-hold" or "release";
// the daemon takes what it does not understand for "hold". Blocks for `timeout` at most.
//   kUnavailable       nobody is behind the socket
//   kDeadlineExceeded  sent, yet not confirmed: it may or may not be in force
//   kUnknown           the daemon answered something else
absl::StatusOr<StopConfirmation> StopThroughSocket(const std::string& path, std::string_view level,
                                                   std::string_view reason, Nanos timeout);

}  // namespace soarm::client
