#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "clients/cpp/credentials.h"

namespace soarm::client {

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
//   kFailedPrecondition  BAD_ROBOT_FILE: not all of its files are there and good, or its key
//                        is not this user's only
absl::StatusOr<std::optional<PairedRobot>> FindPairedRobot(const std::string& folder,
                                                           std::string_view name);
// Of the robot's own certificate, by which robots are told apart; empty where there is none that
// can be read.
std::string FingerprintOfPaired(const std::string& folder, std::string_view name);

// Whether the robot of that fingerprint can be kept under `name` (empty: one that is free), to be
// asked before anything is sent to it.
//   kFailedPrecondition  ROBOT_NAME_TAKEN: another robot is kept under it
//   kUnavailable         NOT_SAVED: nothing can be written there
absl::Status CheckRobotPlace(const std::string& folder, const std::string& name,
                             const std::string& fingerprint);
// `wanted`, or the first of wanted-2, wanted-3, … under which no other robot is kept, nor one that
// nobody can tell any more.
std::string FreeRobotName(const std::string& folder, const std::string& wanted,
                          const std::string& fingerprint);

// In place of the same robot's, or of one that cannot be told any more.
//   kFailedPrecondition  ROBOT_NAME_TAKEN
//   kUnavailable         NOT_SAVED
absl::Status SavePairedRobot(const std::string& folder, const PairedRobot& robot);

}  // namespace soarm::client
