#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <absl/status/statusor.h>

namespace soarm {

// Where to listen: a Unix socket or a loopback TCP port.
struct ListenAddress {
  std::string unix_path;  // empty for TCP
  std::string host;       // "127.0.0.1" or "[::1]"
  std::uint16_t port = 0;

  bool is_unix() const { return !unix_path.empty(); }
  std::string ToString() const;
};

// Reads unix:PATH, 127.0.0.1:PORT or [::1]:PORT.
//   INVALID_ARGUMENT BAD_LISTEN_ADDRESS  none of these
//   INVALID_ARGUMENT LISTEN_TOO_WIDE     other machines could reach it
absl::StatusOr<ListenAddress> ParseListenAddress(std::string_view text);

// Makes `path` free to be bound: creates its folder, removes a socket nobody listens on.
//   FAILED_PRECONDITION SOCKET_IN_USE  somebody answers there
//   FAILED_PRECONDITION NOT_A_SOCKET   another kind of file is in the way
//   UNAVAILABLE LISTEN_FAILED          the folder cannot be made or written
absl::Status PrepareUnixSocket(const std::string& path);

// A socket that listens, with its file.
class Listener {
 public:
  // Binds `address`, whose port 0 becomes the real one. A Unix socket's file has mode 0660.
  //   UNAVAILABLE LISTEN_FAILED  it cannot be bound
  static absl::StatusOr<Listener> Bind(ListenAddress& address);
  // Closes the socket and removes its file.
  ~Listener();
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&& other) noexcept;

  int fd() const { return fd_; }
  bool is_unix() const { return !path_.empty(); }

 private:
  Listener(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  int fd_ = -1;
  std::string path_;  // empty for TCP
};

}  // namespace soarm
