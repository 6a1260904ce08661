#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <absl/status/statusor.h>

#include "common/base/listen_address.h"
#include "common/base/socket_claim.h"
#include "server/front/guest_list.h"

namespace soarm {

// ParseListenAddress() with a status.
//   INVALID_ARGUMENT BAD_LISTEN_ADDRESS  no address
//   INVALID_ARGUMENT LISTEN_TOO_WIDE     other machines could reach it
absl::StatusOr<ListenAddress> ReadListenAddress(std::string_view text);

// A socket that listens, with its file.
class Listener {
 public:
  // Binds `address`, whose port 0 becomes the real one. A Unix socket's file has mode 0660; until
  // the end nobody else listens there.
  //   UNAVAILABLE LISTEN_FAILED  it cannot be bound; for a Unix socket also what SocketClaim
  //   refuses
  static absl::StatusOr<Listener> Bind(ListenAddress& address);
  // Closes the socket and removes its file.
  ~Listener();
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&& other) noexcept;

  int fd() const { return fd_; }
  Door door() const { return door_; }

 private:
  Listener(Door door, int fd, std::string path, std::optional<SocketClaim> claim)
      : door_(door), claim_(std::move(claim)), fd_(fd), path_(std::move(path)) {}

  Door door_;
  std::optional<SocketClaim> claim_;  // of a Unix socket; given up when its file is gone
  int fd_ = -1;
  std::string path_;  // empty for TCP
};

}  // namespace soarm
