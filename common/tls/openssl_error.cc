#include "common/tls/openssl_error.h"

#include <string>

#include <openssl/err.h>

#include "common/base/problem.h"

namespace soarm::tls {

absl::Status OpenSslError(std::string_view doing) {
  std::string why = "it does not say why";
  // The first one is the cause, and none may be left for the next call of this thread to find.
  if (const unsigned long code = ::ERR_get_error(); code != 0) {
    if (const char* text = ::ERR_reason_error_string(code); text != nullptr) why = text;
  }
  ::ERR_clear_error();
  return Refuse(absl::StatusCode::kInternal, "TLS_FAILED", "",
                "OpenSSL failed at " + std::string(doing) + ": " + why + ".",
                "Report this together with the log.");
}

}  // namespace soarm::tls
