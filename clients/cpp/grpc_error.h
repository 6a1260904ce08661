#pragma once

#include <string_view>

#include <absl/status/status.h>
#include <grpcpp/support/status.h>

namespace soarm::client {

// What a finished call means to its caller: the daemon's own words where it sent some, else a
// problem that names the daemon (`target`) and the method. `interrupted`: the caller ended it.
absl::Status FromGrpc(const grpc::Status& status, std::string_view target, std::string_view method,
                      bool interrupted);

}  // namespace soarm::client
