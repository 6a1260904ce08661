#include "common/tls/private_key.h"

#include <cstring>
#include <utility>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "common/base/problem.h"
#include "common/tls/memory_bio.h"
#include "common/tls/openssl_error.h"

namespace soarm::tls {
namespace {

bool IsOnP256(const EVP_PKEY* key) {
  char curve[32] = {};
  return ::EVP_PKEY_get_group_name(key, curve, sizeof curve, nullptr) == 1 &&
         std::strcmp(curve, SN_X9_62_prime256v1) == 0;
}

absl::Status BadKey(const char* why) {
  return Refuse(absl::StatusCode::kInvalidArgument, "BAD_KEY", "",
                std::string("The key ") + why + ".",
                "Use a private key on the curve P-256 in PEM, without a password.");
}

}  // namespace

absl::StatusOr<PrivateKey> PrivateKey::Generate() {
  std::shared_ptr<EVP_PKEY> key(::EVP_EC_gen(SN_X9_62_prime256v1), &::EVP_PKEY_free);
  if (key == nullptr) return OpenSslError("making a key");
  return PrivateKey(std::move(key));
}

absl::StatusOr<PrivateKey> PrivateKey::FromPem(std::string_view pem) {
  const MemoryBio bio = ReadingBio(pem);
  // Without this callback OpenSSL would ask the terminal for a password.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  std::shared_ptr<EVP_PKEY> key(::PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr),
                                &::EVP_PKEY_free);
  if (key == nullptr) {
    (void)OpenSslError("reading a key");
    return BadKey("cannot be read");
  }
  if (!IsOnP256(key.get())) return BadKey("is of another kind");
  return PrivateKey(std::move(key));
}

std::string PrivateKey::ToPem() const {
  const MemoryBio bio = WritingBio();
  ::PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return TextOf(bio);
}

}  // namespace soarm::tls
