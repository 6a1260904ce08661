#pragma once

#include <stop_token>

#include <absl/status/statusor.h>

#include "clients/discovery/findings.h"
#include "common/time/clock.h"

namespace soarm::client {

// Listens for that long to who announces itself as `_soarm._tcp` on the local network, through
// Avahi. Not much longer than that, whatever hangs; the thread that asks is then left behind.
//   kCancelled    `stop` was requested
//   kUnavailable  NO_AVAHI: it, or the D-Bus by which it is asked, is not there or does not answer
absl::StatusOr<Findings> FindRobots(Nanos lasts, const std::stop_token& stop);

}  // namespace soarm::client
