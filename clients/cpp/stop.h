#pragma once

#include <stop_token>
#include <string>

#include <absl/status/statusor.h>

#include "clients/cpp/address.h"
#include "soarm/v1/safety.pb.h"

namespace soarm::client {

// Stops the robot by every way there is, whatever else this program does: through the daemon's stop
// sockets, and if none of them confirms it by a call on a transport of its own. Needs no lease.
// Blocks for some seconds at most; `stop` cuts that short, and takes nothing back.
//   kUnavailable DAEMON_UNREACHABLE       nobody is there
//   kDeadlineExceeded STOP_NOT_CONFIRMED  somebody is, but did not confirm it in time: whether it
//   is
//                                         in force is not known
//   kCancelled INTERRUPTED                `stop` was requested; the message says as much
absl::StatusOr<v1::StopResponse> StopRobot(const Address& address, v1::StopRequest::Level level,
                                           const std::string& reason,
                                           const std::stop_token& stop = {});

}  // namespace soarm::client
