#pragma once

#include <cstdint>
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
  // Closes it and binds the same address anew: somebody has removed its file, or the network that
  // it was on. Where that fails it listens nowhere, until the next time.
  absl::Status Rebind();
  // Closes the socket and removes its file.
  ~Listener();
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&& other) noexcept;

  int fd() const { return fd_; }  // -1 after a Rebind() that failed
  Door door() const;
  const ListenAddress& address() const { return address_; }

 private:
  Listener(ListenAddress address, std::optional<SocketClaim> claim)
      : address_(std::move(address)), claim_(std::move(claim)) {}

  absl::Status Open();
  void Close(bool remove_file);

  ListenAddress address_;
  std::optional<SocketClaim> claim_;  // of a Unix socket; given up when its file is gone
  int fd_ = -1;
  std::uint64_t file_ = 0;  // of a Unix socket: its inode; another one at the path is not ours
};

}  // namespace soarm
