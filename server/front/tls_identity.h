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
  // certificate once it has less than a year left. What it issues holds today even
  // where the robot's clock is wrong. Where one of the
  // robot's own two files is gone nothing is made: it would be another robot to all who are paired.
  //   kInvalidArgument     BAD_KEY, BAD_CERTIFICATE, KEY_MISMATCH; the subject names the file
  //   kFailedPrecondition  KEY_FILE_MISSING; BAD_STATE_FILE: a file that cannot be read, or a key
  //                        that cannot be taken from others
  //   kUnavailable         NOT_SAVED
  static absl::StatusOr<TlsIdentity> LoadOrMake(const std::string& folder, std::string_view robot,
                                                std::int64_t now_s,
                                                const std::function<absl::Status()>& may_write);

  // Changes with the files; empty while the robot's own are not both there.
  static std::string StampOf(const std::string& folder);

  // Removes what daemons left in `folder` that died while they wrote. Nobody may be writing there.
  static void RemoveLeavings(const std::string& folder);

  const tls::Authority& authority() const { return authority_; }
  const tls::PrivateKey& server_key() const { return server_key_; }
  const tls::Certificate& server() const { return server_; }
  // Whether LoadOrMake() would make the server's certificate anew.
  bool IsDue(std::int64_t now_s) const;
  // Whether the robot's own key was made just now.
  bool is_new() const { return is_new_; }
  // What tells the robot from any other; in hexadecimal.
  std::string Fingerprint() const { return authority_.certificate().Fingerprint(); }

 private:
  TlsIdentity(tls::Authority authority, tls::PrivateKey server_key, tls::Certificate server,
              bool is_new)
      : authority_(std::move(authority)),
        server_key_(std::move(server_key)),
        server_(std::move(server)),
        is_new_(is_new) {}

  tls::Authority authority_;
  tls::PrivateKey server_key_;
  tls::Certificate server_;
  bool is_new_;
};

}  // namespace soarm
