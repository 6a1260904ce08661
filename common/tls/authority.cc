#include "common/tls/authority.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <initializer_list>
#include <memory>
#include <utility>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "common/base/problem.h"
#include "common/tls/digest.h"
#include "common/tls/memory_bio.h"
#include "common/tls/openssl_error.h"

namespace soarm::tls {
namespace {

constexpr std::int64_t kBegin_s = 1'704'067'200;  // 2024-01-01
constexpr std::size_t kSerialBytes = 16;
constexpr std::size_t kLongestName = 64;  // of an X.509 common name

struct FreeX509 {
  void operator()(X509* certificate) const { ::X509_free(certificate); }
  void operator()(X509_REQ* request) const { ::X509_REQ_free(request); }
  void operator()(X509_EXTENSION* extension) const { ::X509_EXTENSION_free(extension); }
  void operator()(BIGNUM* number) const { ::BN_free(number); }
};
template <typename T>
using Owned = std::unique_ptr<T, FreeX509>;

// A certificate by the same name as its issuer's would be taken for one that signed itself; no
// server and no client has blanks in its name.
std::string NameOfAuthority(std::string_view robot) {
  return std::string("soarm robot ").append(robot);
}

// What differs between the three kinds of certificates.
struct Extension {
  int nid;
  const char* value;
};

bool SetName(X509_NAME* name, std::string_view common_name) {
  return ::X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(common_name.data()),
                                      static_cast<int>(std::min(common_name.size(), kLongestName)),
                                      -1, 0) == 1;
}

bool SetSerial(X509* certificate) {
  std::string bytes = RandomBytes(kSerialBytes);
  bytes[0] = static_cast<char>(bytes[0] & 0x7f);  // positive
  const Owned<BIGNUM> number(::BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                                         static_cast<int>(bytes.size()), nullptr));
  return number != nullptr &&
         ::BN_to_ASN1_INTEGER(number.get(), ::X509_get_serialNumber(certificate)) != nullptr;
}

bool AddExtensions(X509* certificate, X509* issuer, std::initializer_list<Extension> extensions) {
  X509V3_CTX context;
  ::X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  for (const Extension& one : extensions) {
    const Owned<X509_EXTENSION> extension(
        ::X509V3_EXT_conf_nid(nullptr, &context, one.nid, one.value));
    if (extension == nullptr || ::X509_add_ext(certificate, extension.get(), -1) != 1) return false;
  }
  return true;
}

// `issuer` null: of itself.
absl::StatusOr<Certificate> Sign(EVP_PKEY* subject_key, std::string_view name,
                                 std::int64_t expires_at_s, const PrivateKey& signer, X509* issuer,
                                 std::initializer_list<Extension> extensions) {
  const Owned<X509> made(::X509_new());
  X509* certificate = made.get();
  constexpr long kVersion3 = 2;
  const bool good = certificate != nullptr && ::X509_set_version(certificate, kVersion3) == 1 &&
                    SetSerial(certificate) && SetName(::X509_get_subject_name(certificate), name) &&
                    ::ASN1_TIME_set(::X509_getm_notBefore(certificate), kBegin_s) != nullptr &&
                    ::ASN1_TIME_set(::X509_getm_notAfter(certificate), expires_at_s) != nullptr &&
                    ::X509_set_pubkey(certificate, subject_key) == 1;
  if (!good) return OpenSslError("making a certificate");
  if (issuer == nullptr) issuer = certificate;
  if (::X509_set_issuer_name(certificate, ::X509_get_subject_name(issuer)) != 1 ||
      !AddExtensions(certificate, issuer, extensions) ||
      ::X509_sign(certificate, signer.native(), ::EVP_sha256()) == 0) {
    return OpenSslError("signing a certificate");
  }
  return Certificate::Of(certificate);
}

absl::Status BadRequest(const char* why) {
  (void)OpenSslError("reading a request");
  return Refuse(absl::StatusCode::kInvalidArgument, "BAD_REQUEST", "",
                std::string("The request for a certificate ") + why + ".",
                "Use `soarm pair join`, which makes one that fits.");
}

}  // namespace

absl::StatusOr<Authority> Authority::Make(std::string_view name) {
  absl::StatusOr<PrivateKey> key = PrivateKey::Generate();
  if (!key.ok()) return key.status();
  absl::StatusOr<Certificate> certificate =
      Sign(key->native(), NameOfAuthority(name), kAuthorityEnd_s, *key, nullptr,
           {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
            {NID_key_usage, "critical,keyCertSign,cRLSign"},
            {NID_subject_key_identifier, "hash"}});
  if (!certificate.ok()) return certificate.status();
  return Authority(*std::move(key), *std::move(certificate));
}

absl::StatusOr<Authority> Authority::FromPem(std::string_view key_pem,
                                             std::string_view certificate_pem) {
  absl::StatusOr<PrivateKey> key = PrivateKey::FromPem(key_pem);
  if (!key.ok()) return key.status();
  absl::StatusOr<Certificate> certificate = Certificate::FromPem(certificate_pem);
  if (!certificate.ok()) return certificate.status();
  if (!certificate->HasKey(*key) || !certificate->IsIssuedBy(*certificate)) {
    return Refuse(absl::StatusCode::kInvalidArgument, "KEY_MISMATCH", "",
                  "The key and the certificate of the robot do not belong together.",
                  "Restore both from the same backup, or remove both and pair all clients anew.");
  }
  return Authority(*std::move(key), *std::move(certificate));
}

absl::StatusOr<Certificate> Authority::IssueServer(const PrivateKey& key,
                                                   std::int64_t expires_at_s) const {
  expires_at_s = std::min(expires_at_s, kAuthorityEnd_s);
  static const std::string names = std::string("DNS:") + kServerName;
  return Sign(key.native(), kServerName, expires_at_s, key_, certificate_.native(),
              {{NID_basic_constraints, "critical,CA:FALSE"},
               {NID_key_usage, "critical,digitalSignature"},
               {NID_ext_key_usage, "serverAuth"},
               {NID_authority_key_identifier, "keyid"},
               {NID_subject_alt_name, names.c_str()}});
}

absl::StatusOr<Certificate> Authority::IssueClient(std::string_view request_pem,
                                                   std::string_view name,
                                                   std::int64_t expires_at_s) const {
  expires_at_s = std::min(expires_at_s, kAuthorityEnd_s);
  const MemoryBio bio = ReadingBio(request_pem);
  const Owned<X509_REQ> request(::PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr));
  if (request == nullptr) return BadRequest("cannot be read");
  EVP_PKEY* key = ::X509_REQ_get0_pubkey(request.get());
  char curve[32] = {};
  if (key == nullptr || ::EVP_PKEY_get_group_name(key, curve, sizeof curve, nullptr) != 1 ||
      std::strcmp(curve, SN_X9_62_prime256v1) != 0) {
    return BadRequest("is not of a key on the curve P-256");
  }
  if (::X509_REQ_verify(request.get(), key) != 1) return BadRequest("is not signed by its own key");
  return Sign(key, name, expires_at_s, key_, certificate_.native(),
              {{NID_basic_constraints, "critical,CA:FALSE"},
               {NID_key_usage, "critical,digitalSignature"},
               {NID_ext_key_usage, "clientAuth"},
               {NID_authority_key_identifier, "keyid"}});
}

absl::StatusOr<std::string> MakeRequest(const PrivateKey& key, std::string_view name) {
  const Owned<X509_REQ> request(::X509_REQ_new());
  if (request == nullptr || ::X509_REQ_set_version(request.get(), 0) != 1 ||
      !SetName(::X509_REQ_get_subject_name(request.get()), name) ||
      ::X509_REQ_set_pubkey(request.get(), key.native()) != 1 ||
      ::X509_REQ_sign(request.get(), key.native(), ::EVP_sha256()) == 0) {
    return OpenSslError("making a request");
  }
  const MemoryBio bio = WritingBio();
  ::PEM_write_bio_X509_REQ(bio.get(), request.get());
  return TextOf(bio);
}

}  // namespace soarm::tls
