#include "clients/cpp/credentials.h"

#include "common/tls/certificate.h"
#include "common/tls/private_key.h"

namespace soarm::client {

std::optional<CredentialFault> FindCredentialFault(const TlsCredentials& tls) {
  constexpr char kNoCertificate[] = "it is no certificate in PEM";
  if (!tls::Certificate::FromPem(tls.authority).ok()) {
    return CredentialFault{.file = kAuthorityFile, .why = kNoCertificate};
  }
  const auto certificate = tls::Certificate::FromPem(tls.certificate);
  if (!certificate.ok()) return CredentialFault{.file = kCertificateFile, .why = kNoCertificate};
  const auto key = tls::PrivateKey::FromPem(tls.key);
  if (!key.ok()) {
    return CredentialFault{.file = kKeyFile, .why = "it is no key on the curve P-256 in PEM"};
  }
  if (certificate->HasKey(*key)) return std::nullopt;
  return CredentialFault{.file = kKeyFile,
                         .why = std::string("it is not the key of ") + kCertificateFile};
}

}  // namespace soarm::client
