#include "common/tls/certificate.h"

#include <array>
#include <ctime>

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "common/base/problem.h"
#include "common/tls/digest.h"
#include "common/tls/memory_bio.h"
#include "common/tls/openssl_error.h"
#include "common/tls/private_key.h"

namespace soarm::tls {
namespace {

std::int64_t SecondsOf(const ASN1_TIME* time) {
  std::tm parts{};
  return ::ASN1_TIME_to_tm(time, &parts) == 1 ? ::timegm(&parts) : 0;
}

}  // namespace

absl::StatusOr<Certificate> Certificate::FromPem(std::string_view pem) {
  const MemoryBio bio = ReadingBio(pem);
  std::shared_ptr<X509> read(::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr),
                             &::X509_free);
  if (read != nullptr) return Certificate(std::move(read));
  (void)OpenSslError("reading a certificate");
  return Refuse(absl::StatusCode::kInvalidArgument, "BAD_CERTIFICATE", "",
                "This is no certificate in PEM.", "Pair anew with `soarm pair join`.");
}

Certificate Certificate::Of(x509_st* certificate) {
  ::X509_up_ref(certificate);
  return Certificate(std::shared_ptr<X509>(certificate, &::X509_free));
}

std::string Certificate::ToPem() const {
  const MemoryBio bio = WritingBio();
  ::PEM_write_bio_X509(bio.get(), certificate_.get());
  return TextOf(bio);
}

std::string Certificate::Fingerprint() const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  ::X509_digest(certificate_.get(), ::EVP_sha256(), digest.data(), &size);
  return ToHex({reinterpret_cast<const char*>(digest.data()), size});
}

std::string Certificate::CommonName() const {
  X509_NAME* subject = ::X509_get_subject_name(certificate_.get());
  const int at = ::X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return "";
  unsigned char* text = nullptr;
  const int size =
      ::ASN1_STRING_to_UTF8(&text, ::X509_NAME_ENTRY_get_data(::X509_NAME_get_entry(subject, at)));
  if (size < 0) return "";
  std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  ::OPENSSL_free(text);
  return name;
}

std::int64_t Certificate::BeginsAt_s() const {
  return SecondsOf(::X509_get0_notBefore(certificate_.get()));
}

std::int64_t Certificate::ExpiresAt_s() const {
  return SecondsOf(::X509_get0_notAfter(certificate_.get()));
}

bool Certificate::HasKey(const PrivateKey& key) const {
  return ::EVP_PKEY_eq(::X509_get0_pubkey(certificate_.get()), key.native()) == 1;
}

bool Certificate::IsIssuedBy(const Certificate& issuer) const {
  return ::X509_check_ca(issuer.native()) != 0 &&
         ::X509_check_issued(issuer.native(), native()) == X509_V_OK &&
         ::X509_verify(native(), ::X509_get0_pubkey(issuer.native())) == 1;
}

}  // namespace soarm::tls
