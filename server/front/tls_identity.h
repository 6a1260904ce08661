#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "common/tls/authority.h"

namespace soarm {

// What the robot shows of itself to other machines, and what it signs its clients' certificates
// with. Kept in a folder of the state directory, in PEM, readable by the daemon's user only.
class TlsIdentity {
 public:
  // Reads `folder`, and makes what is not there: at the first start everything, later the server's
  // certificate once it has less than a year left. The robot's clock may be wrong.
  //   kInvalidArgument     BAD_KEY, BAD_CERTIFICATE, KEY_MISMATCH; the subject names the file
  //   kFailedPrecondition  BAD_STATE_FILE: a file that cannot be read
  //   kUnavailable         NOT_SAVED
  static absl::StatusOr<TlsIdentity> LoadOrMake(const std::string& folder, std::string_view robot,
                                                std::int64_t now_s,
                                                const std::function<absl::Status()>& may_write);

  // Changes with the files; empty while the robot's own are not both there.
  static std::string StampOf(const std::string& folder);

  const tls::Authority& authority() const { return authority_; }
  const tls::PrivateKey& server_key() const { return server_key_; }
  const tls::Certificate& server() const { return server_; }
  // What tells the robot from any other; in hexadecimal.
  std::string Fingerprint() const { return authority_.certificate().Fingerprint(); }

 private:
  TlsIdentity(tls::Authority authority, tls::PrivateKey server_key, tls::Certificate server)
      : authority_(std::move(authority)),
        server_key_(std::move(server_key)),
        server_(std::move(server)) {}

  tls::Authority authority_;
  tls::PrivateKey server_key_;
  tls::Certificate server_;
};

}  // namespace soarm
