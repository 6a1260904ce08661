#include "server/service/edge/listen_address.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/service/edge/errors.h"

namespace soarm {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr std::string_view kForms = "Use unix:PATH, 127.0.0.1:PORT or [::1]:PORT.";
constexpr std::size_t kLongestPath = sizeof(sockaddr_un::sun_path) - 1;

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, port);
  if (text.empty() || result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return port;
}

absl::StatusOr<ListenAddress> ParseUnix(std::string_view path) {
  if (path.empty() || path.size() > kLongestPath) {
    return Refuse(absl::StatusCode::kInvalidArgument, "BAD_LISTEN_ADDRESS", "",
                  "A Unix socket's path has 1 to 107 characters; this one has " +
                      std::to_string(path.size()) + ".",
                  "Use a shorter path.");
  }
  ListenAddress address;
  address.unix_path = path;
  return address;
}

absl::Status ListenFailed(const std::string& path, const std::string& what) {
  return Refuse(absl::StatusCode::kUnavailable, "LISTEN_FAILED", "unix:" + path,
                "Cannot listen on unix:" + path + ": " + what + ".",
                "Choose another --listen address or correct the folder's permissions.");
}

// Whether somebody accepts connections at `path`; an errno when that cannot be told.
absl::StatusOr<bool> IsAlive(const std::string& path) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return ListenFailed(path, std::strerror(errno));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int result = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::close(socket);
  if (result == 0 || error == EAGAIN) return true;  // EAGAIN: alive, its queue is full
  if (error == ECONNREFUSED || error == ENOENT) return false;
  return ListenFailed(path, std::strerror(error));
}

// The process's umask while a socket's file is made: a chmod afterwards would leave it open for a
// moment. 0660.
class SocketUmask {
 public:
  SocketUmask() : before_(::umask(0117)) {}
  ~SocketUmask() { ::umask(before_); }
  SocketUmask(const SocketUmask&) = delete;
  SocketUmask& operator=(const SocketUmask&) = delete;

 private:
  const mode_t before_;
};

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketAddress ToSocketAddress(const ListenAddress& address) {
  SocketAddress out;
  if (address.is_unix()) {
    sockaddr_un& unix_address = reinterpret_cast<sockaddr_un&>(out.storage);
    unix_address.sun_family = AF_UNIX;
    std::memcpy(unix_address.sun_path, address.unix_path.data(), address.unix_path.size());
    out.size = sizeof unix_address;
  } else if (address.host == "[::1]") {
    sockaddr_in6& six = reinterpret_cast<sockaddr_in6&>(out.storage);
    six.sin6_family = AF_INET6;
    six.sin6_addr = in6addr_loopback;
    six.sin6_port = htons(address.port);
    out.size = sizeof six;
  } else {
    sockaddr_in& four = reinterpret_cast<sockaddr_in&>(out.storage);
    four.sin_family = AF_INET;
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    four.sin_port = htons(address.port);
    out.size = sizeof four;
  }
  return out;
}

absl::Status CannotListen(const ListenAddress& address, int error) {
  return Refuse(absl::StatusCode::kUnavailable, "LISTEN_FAILED", address.ToString(),
                "Cannot listen on " + address.ToString() + ": " + std::strerror(error) + ".",
                "Stop the program that uses it or choose another --listen address.");
}

// What the kernel chose for port 0. IPv4 and IPv6 have the port at the same place.
std::uint16_t PortOf(int socket) {
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  ::getsockname(socket, bound.get(), &bound.size);
  return ntohs(reinterpret_cast<const sockaddr_in&>(bound.storage).sin_port);
}

}  // namespace

absl::StatusOr<Listener> Listener::Bind(ListenAddress& address) {
  SocketAddress wanted = ToSocketAddress(address);
  const int fd = ::socket(wanted.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return CannotListen(address, errno);
  // Not SO_REUSEPORT: two daemons on one port would each get some of the clients.
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const SocketUmask umask;
  if (::bind(fd, wanted.get(), wanted.size) != 0) {
    const int error = errno;
    ::close(fd);
    return CannotListen(address, error);
  }
  Listener listener(fd, address.unix_path);
  if (::listen(fd, SOMAXCONN) != 0) return CannotListen(address, errno);
  if (!address.is_unix()) address.port = PortOf(fd);
  return listener;
}

Listener::~Listener() {
  if (fd_ < 0) return;
  if (is_unix()) ::unlink(path_.c_str());
  ::close(fd_);
}

Listener::Listener(Listener&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

Listener& Listener::operator=(Listener&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

std::string ListenAddress::ToString() const {
  if (is_unix()) return std::string(kUnixPrefix) + unix_path;
  return host + ":" + std::to_string(port);
}

absl::StatusOr<ListenAddress> ParseListenAddress(std::string_view text) {
  if (text.starts_with(kUnixPrefix)) return ParseUnix(text.substr(kUnixPrefix.size()));
  const std::size_t colon = text.rfind(':');
  const auto port =
      colon == std::string_view::npos ? std::nullopt : ParsePort(text.substr(colon + 1));
  if (!port) {
    return Refuse(absl::StatusCode::kInvalidArgument, "BAD_LISTEN_ADDRESS", "",
                  Shown(text) + " is not an address to listen on.", kForms);
  }
  ListenAddress address;
  address.host = text.substr(0, colon);
  address.port = *port;
  if (address.host == "127.0.0.1" || address.host == "[::1]") return address;
  return Refuse(absl::StatusCode::kInvalidArgument, "LISTEN_TOO_WIDE", "",
                Shown(text) + " can be reached from other machines, which needs authentication.",
                std::string(kForms) + " Reach it from elsewhere through an SSH tunnel.");
}

absl::Status PrepareUnixSocket(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) return ListenFailed(path, error.message());
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? absl::OkStatus() : ListenFailed(path, std::strerror(errno));
  }
  if (!S_ISSOCK(info.st_mode)) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "NOT_A_SOCKET", "unix:" + path,
                  "The file " + path + " is in the way: it is not a socket.",
                  "Remove it or choose another --listen address.");
  }
  const absl::StatusOr<bool> alive = IsAlive(path);
  if (!alive.ok()) return alive.status();
  if (*alive) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "SOCKET_IN_USE", "unix:" + path,
                  "Another program listens on unix:" + path + ".",
                  "Stop the other daemon or choose another --listen address.");
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return ListenFailed(path, std::strerror(errno));
  }
  return absl::OkStatus();
}

}  // namespace soarm
