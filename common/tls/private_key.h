#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace soarm::tls {

// A private key on the curve P-256. Its text is a secret: it goes to a file of mode 0600 and
// nowhere else.
//
// Threads  a value that shares its key; any.
class PrivateKey {
 public:
  //   kInternal  TLS_FAILED
  static absl::StatusOr<PrivateKey> Generate();
  // Of PEM (PKCS #8, without a password).
  //   kInvalidArgument  BAD_KEY: no key, or none on P-256
  static absl::StatusOr<PrivateKey> FromPem(std::string_view pem);

  std::string ToPem() const;
  evp_pkey_st* native() const { return key_.get(); }

 private:
  explicit PrivateKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}

  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace soarm::tls
