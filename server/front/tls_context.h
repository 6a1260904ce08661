#pragma once

#include <memory>
#include <string>

#include <absl/status/statusor.h>
#include <boost/asio/ssl/context.hpp>

#include "server/core/client_store.h"
#include "server/front/tls_identity.h"

namespace soarm {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

// TLS 1.3 that shows `identity`. Nothing is resumed: every connection proves anew who it is.
//   kInternal  TLS_FAILED
absl::StatusOr<TlsContext> MakeTlsContext(const TlsIdentity& identity);

// The same, for HTTP/2 with clients that are paired and not revoked; everybody else is told by a
// TLS alert why not: certificate_required, unknown_ca, certificate_expired (also where the
// robot's clock is before its beginning), certificate_revoked, or bad_certificate for one that the
// robot signed and does not know any more. `clients` must outlive it, and is asked on the thread
// that shakes hands.
absl::StatusOr<TlsContext> MakePairedContext(const TlsIdentity& identity,
                                             const ClientStore& clients);

// Of the certificate that the other end of a handshake has proved to have; empty if it showed none.
std::string PeerFingerprint(SSL* connection);

}  // namespace soarm
