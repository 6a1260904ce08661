#pragma once

#include <stop_token>
#include <string>

#include <absl/status/statusor.h>

#include "clients/cpp/paired_robots.h"
#include "common/time/clock.h"
#include "common/tls/join_string.h"

namespace soarm::client {

// Pairs with the robot that a join string is of: makes a key that stays here, finds the robot at
// one of its hosts, checks its certificate against the string's fingerprint, and only then sends
// the secret and a request for a certificate. `client` is what this program wants to be called. The
// result's `name` is what the robot calls itself; nothing is saved.
//   kUnavailable         DAEMON_UNREACHABLE  nobody pairs at any of its hosts
//   kUnauthenticated     FINGERPRINT_MISMATCH  somebody else answers there; nothing was sent
//   kPermissionDenied    WRONG_SECRET, and what else the robot refuses
//   kFailedPrecondition  PAIRING_CLOSED
absl::StatusOr<PairedRobot> JoinRobot(const tls::JoinString& join, const std::string& client,
                                      Nanos patience = std::chrono::seconds(5));

}  // namespace soarm::client
