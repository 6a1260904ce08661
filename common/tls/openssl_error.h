#pragma once

#include <string_view>

#include <absl/status/status.h>

namespace soarm::tls {

// INTERNAL TLS_FAILED with what OpenSSL says about the last call of this thread: memory, or a
// defect.
absl::Status OpenSslError(std::string_view doing);

}  // namespace soarm::tls
