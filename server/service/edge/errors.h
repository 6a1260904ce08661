#pragma once

#include <exception>
#include <map>
#include <string>
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

// A refusal in one line; see Problem for what each text is for.
absl::Status Refuse(absl::StatusCode code, std::string_view reason, std::string_view subject,
                    std::string_view message, std::string_view fix = {},
                    std::map<std::string, std::string> facts = {});

// At most `size` bytes of `text`, and dots when some are left out. Keeps UTF-8 whole.
std::string CutText(std::string_view text, std::size_t size);

// `text` in quotes, cut to a length that is safe to send back in an error.
std::string Shown(std::string_view text);

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
