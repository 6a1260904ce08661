#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

namespace soarm::tls {

// What `soarm pair open` prints and `soarm pair join` takes: where the robot pairs, how to tell it
// from anybody else, and the secret that tells who was there when it was printed. It has no
// character that a shell would change.
//
//   soarm-pair:1/HOST[,HOST...]/PORT/FINGERPRINT/SECRET
struct JoinString {
  std::vector<std::string> hosts;  // names or addresses, the likeliest first
  std::uint16_t port = 0;          // of the pairing endpoint
  std::string fingerprint;         // of the robot's own certificate, in hexadecimal
  std::string secret;              // base64url of 16 bytes; good once, and for minutes

  std::string ToString() const;
};

//   kInvalidArgument  BAD_JOIN_STRING; does not repeat the text, which may have the secret
absl::StatusOr<JoinString> ParseJoinString(std::string_view text);

}  // namespace soarm::tls
