#pragma once

#include "common/base/problem.h"

namespace soarm::cli {

// What the program's exit code says; the numbers are part of its contract.
//
//   0    done
//   1    failed
//   2    usage: what was typed cannot be right, whether this program or the daemon noticed
//   3    the daemon is not reachable
//   4    refused as things are: lease, stop, precondition, permission
//   5    timed out
//   130  interrupted (128 + the signal's number: 143 by SIGTERM)
enum class ExitCode : int {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kUnreachable = 3,
  kRefused = 4,
  kTimedOut = 5,
  kInterrupted = 130,
};

// NOT_FOUND counts as failed, not as usage: what is named may have existed a moment ago. A group
// does not come and go, so that an unknown one is usage, whoever noticed. UNAVAILABLE counts as
// unreachable only when it is the daemon that is missing or about to be; a silent servo bus is a
// failure.
ExitCode ExitCodeFor(const Problem& problem);

}  // namespace soarm::cli
