#include "server/front/tls_context.h"

#include <array>
#include <optional>

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "common/tls/certificate.h"
#include "common/tls/openssl_error.h"

namespace soarm {
namespace {

namespace ssl = boost::asio::ssl;

constexpr std::array<unsigned char, 3> kHttp2 = {2, 'h', '2'};

// gRPC's clients insist on being told that it is HTTP/2.
int ChooseProtocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                   const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* protocol = nullptr;
  if (::SSL_select_next_proto(&protocol, chosen_size, kHttp2.data(), kHttp2.size(), offered,
                              offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = protocol;
  return SSL_TLSEXT_ERR_OK;
}

// After the signatures, dates and purposes were found to be right.
bool IsPaired(const ClientStore& clients, X509_STORE_CTX* verifying) {
  if (::X509_STORE_CTX_get_error_depth(verifying) != 0) return true;  // the robot's own
  const auto certificate = tls::Certificate::Of(::X509_STORE_CTX_get_current_cert(verifying));
  const std::optional<PairedClient> client = clients.Find(certificate.Fingerprint());
  if (client && !client->revoked) return true;
  ::X509_STORE_CTX_set_error(verifying,
                             client ? X509_V_ERR_CERT_REVOKED : X509_V_ERR_CERT_REJECTED);
  return false;
}

}  // namespace

absl::StatusOr<TlsContext> MakeTlsContext(const TlsIdentity& identity) {
  const auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  const bool good =
      ::SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION) == 1 &&
      ::SSL_CTX_use_certificate(native, identity.server().native()) == 1 &&
      // A client that pairs is to see whose server this is.
      SSL_CTX_add1_chain_cert(native, identity.authority().certificate().native()) == 1 &&
      ::SSL_CTX_use_PrivateKey(native, identity.server_key().native()) == 1 &&
      ::SSL_CTX_set_num_tickets(native, 0) == 1;
  if (!good) return tls::OpenSslError("setting up TLS");
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  ::SSL_CTX_set_options(native, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  return context;
}

absl::StatusOr<TlsContext> MakePairedContext(const TlsIdentity& identity,
                                             const ClientStore& clients) {
  absl::StatusOr<TlsContext> context = MakeTlsContext(identity);
  if (!context.ok()) return context;
  SSL_CTX* native = (*context)->native_handle();
  X509_STORE* trusted = ::SSL_CTX_get_cert_store(native);
  if (::X509_STORE_add_cert(trusted, identity.authority().certificate().native()) != 1) {
    return tls::OpenSslError("setting up TLS");
  }
  ::SSL_CTX_set_alpn_select_cb(native, &ChooseProtocol, nullptr);
  (*context)->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  (*context)->set_verify_callback([&clients](bool good, ssl::verify_context& verifying) {
    X509_STORE_CTX* native_context = verifying.native_handle();
    if (good) return IsPaired(clients, native_context);
    // All begin on a day that is past, so that only a clock can be wrong; TLS would say of it what
    // it says to strangers.
    if (::X509_STORE_CTX_get_error(native_context) == X509_V_ERR_CERT_NOT_YET_VALID) {
      ::X509_STORE_CTX_set_error(native_context, X509_V_ERR_CERT_HAS_EXPIRED);
    }
    return false;
  });
  return context;
}

std::string PeerFingerprint(SSL* connection) {
  X509* shown = ::SSL_get0_peer_certificate(connection);
  return shown == nullptr ? std::string() : tls::Certificate::Of(shown).Fingerprint();
}

}  // namespace soarm
