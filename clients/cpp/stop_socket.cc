#include "clients/cpp/stop_socket.h"

#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace soarm::client {
namespace {

class Socket {
 public:
  Socket() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

absl::Status Unreachable(const std::string& path, int error) {
  return absl::UnavailableError("stop socket " + path + ": " + std::strerror(error));
}

}  // namespace

absl::StatusOr<std::string> StopThroughSocket(const std::string& path, std::string_view level,
                                              std::string_view reason, Nanos timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Unreachable(path, ENAMETOOLONG);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);

  const Socket socket;
  if (socket.fd() < 0) return Unreachable(path, errno);
  // An address of our own, chosen by the kernel: without one the daemon could not answer.
  sockaddr_un own{};
  own.sun_family = AF_UNIX;
  if (::bind(socket.fd(), reinterpret_cast<sockaddr*>(&own), sizeof own.sun_family) != 0 ||
      ::connect(socket.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return Unreachable(path, errno);
  }
  std::string message(level);
  if (!reason.empty()) message += " " + std::string(reason.substr(0, 200));
  if (::send(socket.fd(), message.data(), message.size(), MSG_NOSIGNAL) < 0) {
    return Unreachable(path, errno);
  }

  pollfd wait{.fd = socket.fd(), .events = POLLIN, .revents = 0};
  const auto timeout_ms = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
  if (::poll(&wait, 1, static_cast<int>(timeout_ms)) <= 0) {
    return absl::DeadlineExceededError("stop socket " + path + " did not confirm");
  }
  char buffer[256];
  const ssize_t size = ::recv(socket.fd(), buffer, sizeof buffer, 0);
  if (size < 0) return Unreachable(path, errno);
  std::string_view reply(buffer, static_cast<std::size_t>(size));
  while (!reply.empty() && (reply.back() == '\n' || reply.back() == '\0')) reply.remove_suffix(1);
  constexpr std::string_view kOk = "ok ";
  if (!reply.starts_with(kOk)) {
    return absl::UnknownError("stop socket " + path + " answered: " + std::string(reply));
  }
  return std::string(reply.substr(kOk.size()));
}

}  // namespace soarm::client
