#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

namespace soarm::client {

// What a TLS connection to one robot is made with, in PEM.
struct TlsCredentials {
  std::string authority;    // the robot's own certificate: who signs its server's
  std::string certificate;  // ours, signed by the robot
  std::string key;          // ours; a secret
};

// A robot that this user paired with.
struct PairedRobot {
  std::string name;                // by which it is known here
  std::vector<std::string> hosts;  // addresses or names, in the order in which they are tried
  std::uint16_t port = 0;          // of its TLS
  std::string client;              // what the robot calls us
  std::string role;                // "viewer", "operator", "admin", as of the pairing
  TlsCredentials tls;
};

// A name that a folder and a command line take: letters, digits, '_', '-' and '.', up to 40 of
// them, the first a letter or digit.
bool IsRobotName(std::string_view name);

// `folder` is soarm's in the user's configuration (ConfigFolder()); each robot has one in there,
// robots/NAME, whose files are plain PEM that curl and grpcurl take, too.
std::vector<std::string> PairedRobotNames(const std::string& folder);
// Nothing where there is none of that name.
//   kFailedPrecondition  BAD_ROBOT_FILE
absl::StatusOr<std::optional<PairedRobot>> FindPairedRobot(const std::string& folder,
                                                           std::string_view name);
// In place of one of that name.
//   kUnavailable  NOT_SAVED
absl::Status SavePairedRobot(const std::string& folder, const PairedRobot& robot);

}  // namespace soarm::client
