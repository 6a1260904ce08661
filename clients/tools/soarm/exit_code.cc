#include "clients/tools/soarm/exit_code.h"

#include "clients/cpp/error.h"

namespace soarm::cli {

ExitCode ExitCodeFor(const Problem& problem) {
  switch (problem.code) {
    case absl::StatusCode::kOk:
      return ExitCode::kDone;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return ExitCode::kUsage;
    case absl::StatusCode::kNotFound:
      return problem.reason == "UNKNOWN_GROUP" ? ExitCode::kUsage : ExitCode::kFailed;
    case absl::StatusCode::kUnavailable: {
      const bool away =
          problem.reason == client::kDaemonUnreachable || problem.reason == client::kShuttingDown;
      return away ? ExitCode::kUnreachable : ExitCode::kFailed;
    }
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kAborted:
      return ExitCode::kRefused;
    case absl::StatusCode::kDeadlineExceeded:
      return ExitCode::kTimedOut;
    case absl::StatusCode::kCancelled:
      return problem.reason == client::kInterrupted ? ExitCode::kInterrupted : ExitCode::kFailed;
    default:  // Abseil reserves the right to add codes
      break;
  }
  return ExitCode::kFailed;
}

}  // namespace soarm::cli
