#include "server/front/connections.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log/log.h"

namespace soarm {
namespace {

using std::chrono::milliseconds;

// Until file descriptors, or memory, may be there again.
constexpr milliseconds kPause(100);
constexpr std::chrono::seconds kComplainEvery(10);
// Of one listener in a row, so that a flood does not keep the thread from the others and the end.
constexpr int kMostInARow = 64;
// What a TCP client may leave unacknowledged; what gRPC sets on connections that it accepts itself.
constexpr unsigned kLongestSilence_ms = 5'000;
constexpr pid_t kAnybody = -1;
// Of file descriptors: what buses, files, listeners and gRPC's own needs take, and what a
// connection does.
constexpr std::size_t kFilesBesides = 192;
constexpr std::size_t kFilesOfConnection = 2;
constexpr std::size_t kFewest = 16;

pid_t ProcessOf(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

void SetTcpOptions(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kLongestSilence_ms, sizeof kLongestSilence_ms);
}

}  // namespace

ConnectionLimits ConnectionLimits::For(std::size_t files) {
  const std::size_t left = files > kFilesBesides ? files - kFilesBesides : 0;
  ConnectionLimits limits;
  limits.most = std::clamp(left / kFilesOfConnection, kFewest, limits.most);
  return limits;
}

Connections::Connections(std::vector<Listener> listeners, ConnectionLimits limits,
                         std::function<void(int)> serve)
    : limits_(limits),
      serve_(std::move(serve)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      listeners_(std::move(listeners)),
      thread_([this] { Run(); }) {}

Connections::~Connections() {
  destroyed_ = true;
  ::eventfd_write(wake_, 1);
  thread_.join();
  ::close(epoll_);
  ::close(wake_);
}

void Connections::End(Nanos patience) {
  cut_at_ns_ = ToNanos(clock_.Now() + patience);
  ::eventfd_write(wake_, 1);
}

void Connections::Run() {
  ::pthread_setname_np(::pthread_self(), "accept");
  Watch(wake_, EPOLLIN);
  for (const Listener& listener : listeners_) Watch(listener.fd(), EPOLLIN);
  std::array<epoll_event, 64> events{};
  while (!destroyed_) {
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                   Patience(clock_.Now()));
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == wake_) {
        eventfd_t ignored = 0;
        ::eventfd_read(wake_, &ignored);
      } else if (open_.contains(fd)) {
        Forget(fd);
      } else if (const auto from = std::ranges::find(listeners_, fd, &Listener::fd);
                 from != listeners_.end()) {
        AcceptAll(*from);
      }
    }
    const MonoTime now = clock_.Now();
    if (paused_until_ != MonoTime{} && now >= paused_until_) Pause(false);
    if (cut_at_ns_ == 0) continue;
    StopListening();
    if (ToNanos(now) >= cut_at_ns_) Cut();
  }
  StopListening();
  Cut();
  while (!open_.empty()) Forget(open_.begin()->first);
}

void Connections::Watch(int fd, unsigned events) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
}

int Connections::Patience(MonoTime now) const {
  MonoTime next = paused_until_;
  if (cut_at_ns_ != 0) {
    if (open_.empty()) return -1;
    // What was cut and goes on all the same, is cut again.
    next = std::max(FromNanos(cut_at_ns_), now + milliseconds(10));
  }
  if (next == MonoTime{}) return -1;
  return static_cast<int>(std::chrono::ceil<milliseconds>(std::max(next - now, Nanos(0))).count());
}

void Connections::AcceptAll(const Listener& from) {
  for (int i = 0; i < kMostInARow; ++i) {
    const int fd = ::accept4(from.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      Take(from, fd);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      const int error = errno;
      const MonoTime now = clock_.Now();
      if (now >= complain_from_) {
        ComponentLog("rpc")->error("cannot accept a connection: {}", std::strerror(error));
        complain_from_ = now + kComplainEvery;
      }
      Pause(true);
      return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return;
    }
  }
}

void Connections::Take(const Listener& from, int fd) {
  const Peer peer = from.is_unix() ? ProcessOf(fd) : kAnybody;
  const int second = HasRoomFor(peer, !from.is_unix()) ? ::fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
  if (second < 0) {
    ::close(fd);
    Refuse(clock_.Now());
    return;
  }
  if (!from.is_unix()) SetTcpOptions(fd);
  open_.emplace(second, peer);
  ++of_peer_[peer];
  Watch(second, 0);  // ended: always reported
  serve_(fd);
}

bool Connections::HasRoomFor(Peer peer, bool tcp) const {
  if (open_.size() >= limits_.most) return false;
  const auto found = of_peer_.find(peer);
  const std::size_t now = found == of_peer_.end() ? 0 : found->second;
  return now < (tcp ? limits_.most_by_tcp() : limits_.most_of_process());
}

void Connections::Refuse(MonoTime now) {
  ++refused_;
  if (now < complain_from_) return;
  ComponentLog("rpc")->warn("connections refused: {}; {} are open", refused_, open_.size());
  complain_from_ = now + kComplainEvery;
  refused_ = 0;
}

// A listener that cannot be accepted from would be reported without end.
void Connections::Pause(bool pause) {
  paused_until_ = pause ? clock_.Now() + kPause : MonoTime{};
  for (const Listener& listener : listeners_) {
    if (pause) {
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, listener.fd(), nullptr);
    } else {
      Watch(listener.fd(), EPOLLIN);
    }
  }
}

void Connections::StopListening() {
  listeners_.clear();
  paused_until_ = MonoTime{};
}

void Connections::Forget(int fd) {
  const auto found = open_.find(fd);
  const auto peer = of_peer_.find(found->second);
  if (--peer->second == 0) of_peer_.erase(peer);
  open_.erase(found);
  // By hand: it would be watched for as long as gRPC has its own descriptor of it.
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
  ::close(fd);
}

void Connections::Cut() const {
  for (const auto& [fd, peer] : open_) ::shutdown(fd, SHUT_RDWR);
}

}  // namespace soarm
