#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "server/core/client_role.h"

namespace soarm {

// A program on another machine that was let in once, by its certificate.
struct PairedClient {
  std::string name;         // unique among those that are not revoked
  std::string fingerprint;  // SHA-256 of its certificate, in hexadecimal
  ClientRole role = ClientRole::kViewer;
  std::int64_t paired_at_s = 0;  // since 1970, by the robot's clock
  bool revoked = false;
};

// Whom the robot knows. What a client may do stands here and not in its certificate, so that it can
// be taken back.
//
// Threads  any. CheckRoom(), Add() and Save() may wait for a disk, and nobody else for them.
class ClientStore {
 public:
  virtual ~ClientStore() = default;

  // Why nobody is known, however many there may be; OK: all of them are.
  //   kFailedPrecondition  BAD_STATE_FILE: what was kept was never understood, and stays
  virtual const absl::Status& unreadable() const noexcept = 0;
  // Revoked ones, too.
  virtual std::optional<PairedClient> Find(std::string_view fingerprint) const = 0;
  // By name; revoked ones last.
  virtual std::vector<PairedClient> List() const = 0;
  // Whether there is room for one more, on the disk as well: what Add() would refuse now.
  //   kResourceExhausted   TOO_MANY_CLIENTS
  //   kUnavailable         NOT_SAVED
  //   kFailedPrecondition  BAD_STATE_FILE
  virtual absl::Status CheckRoom() = 0;
  // Its name is one that nobody has who is not revoked: List() tells.
  //   kResourceExhausted   TOO_MANY_CLIENTS
  //   kUnavailable         NOT_SAVED; the client is not known then
  //   kFailedPrecondition  BAD_STATE_FILE
  virtual absl::Status Add(const PairedClient& client) = 0;
  // From its return on nobody by that name gets in, until the daemon is started anew: Save() makes
  // it last. It stays known as revoked, so that who shows its certificate is told so. By name, or
  // by at least 8 digits that its fingerprint begins with, in capitals or not; one that was revoked
  // and not saved may be again. Who may call themselves as they like must not be taken for another,
  // nor another for them: what is one client's name and another one's fingerprint means neither.
  //   kNotFound            UNKNOWN_CLIENT
  //   kFailedPrecondition  AMBIGUOUS_CLIENT: more than one is meant; BAD_STATE_FILE
  virtual absl::StatusOr<PairedClient> Revoke(std::string_view client) = 0;
  // Keeps what was revoked.
  //   kUnavailable         NOT_SAVED
  virtual absl::Status Save() = 0;
};

}  // namespace soarm
