#include "server/front/probe.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string_view>

#include <poll.h>
#include <sys/socket.h>

#include "common/base/socket.h"
#include "server/front/socket_address.h"

namespace soarm {
namespace {

constexpr std::string_view kHello = "?";

bool WaitFor(int fd, short events, MonoTime until, const Clock& clock) {
  pollfd asked{.fd = fd, .events = events, .revents = 0};
  while (true) {
    const Nanos left = std::max(until - clock.Now(), Nanos(0));
    const auto left_ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    const int found = ::poll(&asked, 1, static_cast<int>(left_ms));
    if (found >= 0 || errno != EINTR) return found > 0;
  }
}

// Where one gets to what listens at every address of this computer.
ListenAddress Reachable(ListenAddress address) {
  if (address.host == "0.0.0.0") address.host = "127.0.0.1";
  if (address.host == "[::]") address.host = "[::1]";
  return address;
}

}  // namespace

bool Answers(const ListenAddress& address, Nanos patience,
             const std::function<void(std::string_view)>& announce) {
  const MonotonicClock clock;
  const MonoTime until = clock.Now() + patience;
  const ListenAddress there = Reachable(address);
  SocketAddress to = ToSocketAddress(there);
  const Socket socket(to.storage.ss_family, SOCK_STREAM);
  if (socket.fd() < 0) return true;  // it is us who have none left
  // Of the same computer, so that its own address is known before the other side sees it; a Unix
  // socket gets a name of the kernel's.
  SocketAddress own;
  if (there.is_unix()) {
    own.storage.ss_family = AF_UNIX;
    own.size = sizeof own.storage.ss_family;
  } else {
    ListenAddress any_port = there;
    any_port.port = 0;
    own = ToSocketAddress(any_port);
  }
  if (::bind(socket.fd(), own.get(), own.size) != 0) return errno != EADDRNOTAVAIL;
  own.size = sizeof own.storage;
  if (::getsockname(socket.fd(), own.get(), &own.size) != 0) return true;
  announce(own.bytes());
  // EAGAIN: the queue of a Unix socket is full of others.
  if (::connect(socket.fd(), to.get(), to.size) != 0 && errno != EINPROGRESS) return false;
  // A TCP listener takes no connection that says nothing.
  if (!WaitFor(socket.fd(), POLLOUT, until, clock)) return false;
  if (::send(socket.fd(), kHello.data(), kHello.size(), MSG_NOSIGNAL) < 0) {
    return errno == EPIPE || errno == ECONNRESET;  // closed by now
  }
  return WaitFor(socket.fd(), POLLIN, until, clock);
}

}  // namespace soarm
