#include "server/front/listener.h"

#include <cctype>
#include <cerrno>
#include <cstring>
#include <utility>
#include <variant>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/clean_text.h"
#include "common/base/problem.h"

namespace soarm {
namespace {

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
  } else if (address.is_ipv6()) {
    sockaddr_in6& six = reinterpret_cast<sockaddr_in6&>(out.storage);
    six.sin6_family = AF_INET6;
    ::inet_pton(AF_INET6, address.bare_host().c_str(), &six.sin6_addr);
    six.sin6_port = htons(address.port);
    out.size = sizeof six;
  } else {
    sockaddr_in& four = reinterpret_cast<sockaddr_in&>(out.storage);
    four.sin_family = AF_INET;
    ::inet_pton(AF_INET, address.host.c_str(), &four.sin_addr);
    four.sin_port = htons(address.port);
    out.size = sizeof four;
  }
  return out;
}

Door DoorOf(const ListenAddress& address) {
  if (address.is_unix()) return Door::kUnix;
  return address.tls ? Door::kTls : Door::kLoopback;
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
  std::optional<SocketClaim> claim;
  if (address.is_unix()) {
    absl::StatusOr<SocketClaim> taken = SocketClaim::Take(address.unix_path, SOCK_STREAM);
    if (!taken.ok()) return taken.status();
    claim = *std::move(taken);
  }
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
  Listener listener(DoorOf(address), fd, address.unix_path, std::move(claim));
  if (::listen(fd, SOMAXCONN) != 0) return CannotListen(address, errno);
  if (!address.is_unix()) address.port = PortOf(fd);
  return listener;
}

Listener::~Listener() {
  if (fd_ < 0) return;
  if (door_ == Door::kUnix) ::unlink(path_.c_str());
  ::close(fd_);
}

Listener::Listener(Listener&& other) noexcept
    : door_(other.door_),
      claim_(std::move(other.claim_)),
      fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)) {}

Listener& Listener::operator=(Listener&& other) noexcept {
  std::swap(door_, other.door_);
  std::swap(claim_, other.claim_);
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

absl::StatusOr<ListenAddress> ReadListenAddress(std::string_view text) {
  auto read = ParseListenAddress(text);
  if (auto* address = std::get_if<ListenAddress>(&read)) return std::move(*address);
  const auto& bad = std::get<BadAddress>(read);
  std::string fix = bad.fix + ".";
  fix.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(fix.front())));
  return Refuse(absl::StatusCode::kInvalidArgument, bad.reason, "",
                Shown(text) + " " + bad.what + ".", fix);
}

}  // namespace soarm
