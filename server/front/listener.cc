#include "server/front/listener.h"

#include <cctype>
#include <cerrno>
#include <chrono>
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
#include "server/front/guest_socket.h"
#include "server/front/socket_address.h"

namespace soarm {
namespace {

// As long as those may wait that have been accepted.
constexpr std::chrono::seconds kUnspokenTo(3);

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
  Listener listener(address, std::move(claim));
  if (absl::Status opened = listener.Open(); !opened.ok()) return opened;
  address = listener.address_;
  return listener;
}

absl::Status Listener::Open() {
  SocketAddress wanted = ToSocketAddress(address_);
  const int fd = ::socket(wanted.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return CannotListen(address_, errno);
  // Not SO_REUSEPORT: two daemons on one port would each get some of the clients.
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const SocketUmask umask;
  if (::bind(fd, wanted.get(), wanted.size) != 0) {
    const int error = errno;
    ::close(fd);
    return CannotListen(address_, error);
  }
  fd_ = fd;
  if (::listen(fd, SOMAXCONN) != 0) {
    const int error = errno;
    Close(/*remove_file=*/true);
    return CannotListen(address_, error);
  }
  if (address_.is_unix()) {
    file_ = InodeOf(address_.unix_path);
  } else {
    address_.port = PortOf(fd);
    AcceptWhenSpokenTo(fd, kUnspokenTo);
  }
  return absl::OkStatus();
}

void Listener::Close(bool remove_file) {
  if (fd_ < 0) return;
  const std::string& path = address_.unix_path;
  if (remove_file && !path.empty() && InodeOf(path) == file_) ::unlink(path.c_str());
  ::close(std::exchange(fd_, -1));
}

absl::Status Listener::Rebind() {
  Close(/*remove_file=*/true);
  if (address_.is_unix()) {
    // Who has removed the socket may have removed the lock, and another daemon may be there by now.
    claim_.reset();
    absl::StatusOr<SocketClaim> taken = SocketClaim::Take(address_.unix_path, SOCK_STREAM);
    if (!taken.ok()) return taken.status();
    claim_ = *std::move(taken);
  }
  return Open();
}

Door Listener::door() const { return DoorOf(address_); }

Listener::~Listener() { Close(/*remove_file=*/true); }

Listener::Listener(Listener&& other) noexcept
    : address_(std::move(other.address_)),
      claim_(std::move(other.claim_)),
      fd_(std::exchange(other.fd_, -1)),
      file_(other.file_) {}

Listener& Listener::operator=(Listener&& other) noexcept {
  std::swap(address_, other.address_);
  std::swap(claim_, other.claim_);
  std::swap(fd_, other.fd_);
  std::swap(file_, other.file_);
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
