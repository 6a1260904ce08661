#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

struct x509_st;  // OpenSSL's X509

namespace soarm::tls {

class PrivateKey;

// An X.509 certificate.
//
// Threads  a value that shares what does not change; any.
class Certificate {
 public:
  // The first one of PEM.
  //   kInvalidArgument  BAD_CERTIFICATE
  static absl::StatusOr<Certificate> FromPem(std::string_view pem);
  // Takes a reference of its own.
  static Certificate Of(x509_st* certificate);

  std::string ToPem() const;
  // SHA-256 of it all, in hexadecimal.
  std::string Fingerprint() const;
  std::string CommonName() const;    // empty where it has none
  std::int64_t BeginsAt_s() const;   // since 1970
  std::int64_t ExpiresAt_s() const;  // since 1970
  bool HasKey(const PrivateKey& key) const;
  // Whether `issuer` signed it, and may sign others.
  bool IsIssuedBy(const Certificate& issuer) const;
  x509_st* native() const { return certificate_.get(); }

 private:
  explicit Certificate(std::shared_ptr<x509_st> certificate)
      : certificate_(std::move(certificate)) {}

  std::shared_ptr<x509_st> certificate_;
};

}  // namespace soarm::tls
