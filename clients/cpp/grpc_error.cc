#include "clients/cpp/grpc_error.h"

#include <optional>
#include <string>

#include "clients/cpp/error.h"

namespace soarm::client {
namespace {

Problem WithoutDetail(const grpc::Status& status, const std::string& target,
                      const std::string& method) {
  // gRPC and Abseil number their codes alike.
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  // soarmd says why it ends a call. One that nobody here cancelled, and that ends without a word,
  // is what gRPC does to it at the end of the daemon.
  if (code == absl::StatusCode::kCancelled) {
    return {.code = absl::StatusCode::kUnavailable,
            .reason = kShuttingDown,
            .subject = target,
            .message = "soarmd at " + target + " is shutting down.",
            .fix = "Start it again, then try again.",
            .facts = {}};
  }
  if (code == absl::StatusCode::kUnavailable) {
    return {.code = absl::StatusCode::kUnavailable,
            .reason = kDaemonUnreachable,
            .subject = target,
            .message = "The connection to soarmd at " + target +
                       " failed: " + status.error_message() + ".",
            .fix = "See whether it still runs, then try again.",
            .facts = {}};
  }
  if (code == absl::StatusCode::kDeadlineExceeded) {
    return {.code = code,
            .reason = kTimedOut,
            .subject = target,
            .message = "soarmd at " + target + " did not answer " + method + " in time.",
            .fix = "Look at its log. If something moves: `soarm stop`, or the supply's switch.",
            .facts = {}};
  }
  if (code == absl::StatusCode::kUnimplemented) {
    const bool sim = method.find("soarm.sim.") != std::string::npos;
    return {.code = code,
            .reason = kNotServed,
            .subject = method,
            .message = "soarmd at " + target + " does not serve " + method + ".",
            .fix = sim ? "Start the daemon with --sim: only a simulated robot has this service."
                       : "Install the same version of soarm and soarmd.",
            .facts = {}};
  }
  return {.code = code,
          .reason = absl::StatusCodeToString(code),
          .subject = "",
          .message = status.error_message().empty() ? "The call failed." : status.error_message(),
          .fix = "",
          .facts = {}};
}

}  // namespace

absl::Status FromGrpc(const grpc::Status& status, std::string_view target, std::string_view method,
                      bool interrupted) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  if (interrupted && code == absl::StatusCode::kCancelled) return InterruptedError();
  if (const std::optional<v1::ErrorDetail> detail = DecodeErrorEnvelope(status.error_details())) {
    return ToStatus(ToProblem(*detail, code));
  }
  std::string name(method);
  if (name.starts_with('/')) name.erase(0, 1);
  return ToStatus(WithoutDetail(status, std::string(target), name));
}

}  // namespace soarm::client
