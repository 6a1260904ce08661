#pragma once

#include <utility>

#include <sys/socket.h>
#include <unistd.h>

namespace soarm {

// A socket, closed at the end. It does not block and no child gets it.
//
// Threads  a value that moves.
class Socket {
 public:
  Socket() = default;
  // fd() is -1 where the kernel refuses, with the reason in errno.
  Socket(int family, int type) : fd_(::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

}  // namespace soarm
