#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "common/tls/certificate.h"
#include "common/tls/private_key.h"

namespace soarm::tls {

// The DNS name in every robot's certificate. Addresses of robots change, so clients check this one
// and whose authority signed; that is what tells robots apart.
inline constexpr char kServerName[] = "robot.soarm";

// Since 1970: until then, 2053-12-31, an authority holds, and nothing that it issues for longer.
inline constexpr std::int64_t kAuthorityEnd_s = 2'650'752'000;

// Signs the certificates of one robot, of its server and of its clients. Its own certificate is
// what pairing pins: whoever has its key can be that robot.
//
// All certificates begin on a day that is past on every machine, since robots without a battery for
// their clock start in the past.
//
// Threads  a value that shares what does not change; any.
class Authority {
 public:
  // A new one, until kAuthorityEnd_s; `name` is the robot's, for people.
  //   kInternal  TLS_FAILED
  static absl::StatusOr<Authority> Make(std::string_view name);
  //   kInvalidArgument  BAD_KEY, BAD_CERTIFICATE, KEY_MISMATCH: the two are not of each other
  static absl::StatusOr<Authority> FromPem(std::string_view key, std::string_view certificate);

  const PrivateKey& key() const { return key_; }
  const Certificate& certificate() const { return certificate_; }

  // For a server with that key, until `expires_at_s` (since 1970), or the authority's own end.
  absl::StatusOr<Certificate> IssueServer(const PrivateKey& key, std::int64_t expires_at_s) const;
  // For who made `request` (PEM, PKCS #10), whose own idea of its name does not count. `name` has
  // no blanks.
  //   kInvalidArgument  BAD_REQUEST: no request, of another kind of key, or not signed by its key
  absl::StatusOr<Certificate> IssueClient(std::string_view request, std::string_view name,
                                          std::int64_t expires_at_s) const;

 private:
  Authority(PrivateKey key, Certificate certificate)
      : key_(std::move(key)), certificate_(std::move(certificate)) {}

  PrivateKey key_;
  Certificate certificate_;
};

// A request for a certificate, in PEM, signed by `key`, which stays where it is.
absl::StatusOr<std::string> MakeRequest(const PrivateKey& key, std::string_view name);

}  // namespace soarm::tls
