#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <absl/status/statusor.h>

#include "common/base/file_lock.h"

namespace soarm {

// Of the file at `path` itself, not of what it leads to; 0: there is none. Whoever bound a socket
// there tells by it whether the file is still its own.
std::uint64_t InodeOf(const std::string& path);

// The sole right to a Unix socket at a path, for as long as the object and the process live: a lock
// on the file PATH.lock beside it. Without one, of two daemons that start together each finds the
// other's socket dead before it listens, removes it and leaves nobody reachable.
//
// Threads    a value that moves.
// Ownership  removes its lock file at the end, not the socket: whoever binds that removes it
//            before.
class SocketClaim {
 public:
  // Makes `path` free to be bound by a socket of `type` (SOCK_STREAM, SOCK_DGRAM): makes its folder
  // and removes a socket that nobody serves.
  //   FAILED_PRECONDITION SOCKET_IN_USE  somebody has claimed it, or answers there
  //   FAILED_PRECONDITION NOT_A_SOCKET   another kind of file is in the way
  //   UNAVAILABLE LISTEN_FAILED          the folder cannot be made or written
  static absl::StatusOr<SocketClaim> Take(const std::string& path, int type);

 private:
  explicit SocketClaim(FileLock lock) : lock_(std::move(lock)) {}

  FileLock lock_;
};

}  // namespace soarm
