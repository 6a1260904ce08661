#pragma once

#include <exception>
#include <string_view>
#include <utility>

#include <absl/status/status.h>
#include <grpcpp/support/status.h>

#include "common/base/problem.h"
#include "soarm/v1/error.pb.h"

namespace soarm {

// The one way from our statuses to gRPC's: canonical code, message, and an ErrorDetail in
// `grpc-status-details-bin`. An OK status stays OK.
grpc::Status ToGrpc(const absl::Status& status);

v1::ErrorDetail ToErrorDetail(const Problem& problem);
// Must not be called with an OK status.
v1::ErrorDetail ToErrorDetail(const absl::Status& status);

absl::Status UnexpectedError(std::string_view what);

// The wall that exceptions do not pass: every handler and reaction runs inside it.
template <typename Work>
absl::Status Walled(Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (const std::exception& error) {
    return UnexpectedError(error.what());
  } catch (...) {
    return UnexpectedError("unknown exception");
  }
}

}  // namespace soarm
