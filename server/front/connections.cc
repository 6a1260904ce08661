#include "server/front/connections.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/problem.h"
#include "common/log/log.h"
#include "server/front/guest_socket.h"
#include "server/front/socket_address.h"

namespace soarm {
namespace {

using std::chrono::milliseconds;

// Until file descriptors, or memory, may be there again.
constexpr milliseconds kPause(100);
// Of one listener in a row, so that a flood does not keep the thread from the others and the end.
constexpr int kMostInARow = 64;

}  // namespace

Connections::Connections(std::vector<Listener> listeners, const ConnectionLimits& limits,
                         Handlers handlers)
    : limits_(limits),
      handlers_(std::move(handlers)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      counts_{.most = limits.most},
      listeners_(std::move(listeners)),
      guests_(limits),
      counted_(counts_),
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

void Connections::Add(std::vector<Listener> listeners) {
  {
    const std::lock_guard lock(mutex_);
    for (Listener& listener : listeners) added_.push_back(std::move(listener));
  }
  ::eventfd_write(wake_, 1);
}

void Connections::ExpectProbe(std::string_view name) {
  const std::lock_guard lock(mutex_);
  probe_ = name;
}

void Connections::GoOn() { ::eventfd_write(wake_, 1); }

void Connections::Rebuild(const ListenAddress& address) {
  {
    const std::lock_guard lock(mutex_);
    to_rebuild_.push_back(address.ToString());
  }
  ::eventfd_write(wake_, 1);
}

ConnectionCounts Connections::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void Connections::Welcome(std::uint64_t id, std::function<void(bool)> answer) {
  {
    const std::lock_guard lock(mutex_);
    welcomes_.push_back({id, std::move(answer)});
  }
  ::eventfd_write(wake_, 1);
}

void Connections::Run() {
  ::pthread_setname_np(::pthread_self(), "accept");
  WatchOwn(wake_);
  for (const Listener& listener : listeners_) WatchOwn(listener.fd());
  std::array<epoll_event, 64> events{};
  while (!destroyed_) {
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                   Patience(clock_.Now()));
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      const std::uint64_t id = event.data.u64;
      if (id == static_cast<std::uint64_t>(wake_)) {
        eventfd_t ignored = 0;
        ::eventfd_read(wake_, &ignored);
      } else if (guests_.knows(id)) {
        Hear(id, event.events);
      } else if (const auto from =
                     std::ranges::find(listeners_, id,
                                       [](const Listener& listener) {
                                         return static_cast<std::uint64_t>(listener.fd());
                                       });
                 from != listeners_.end()) {
        AcceptAll(*from);
      }
    }
    ListenToAdded();
    RebuildAsked();
    HearWelcomes();
    if (tls_rests_ && paused_until_ == MonoTime{} && !handlers_.is_busy()) WatchTls(true);
    const MonoTime now = clock_.Now();
    for (const std::uint64_t id : guests_.Overdue(now)) {
      TurnAway(id, &ConnectionCounts::silent);
    }
    if (now >= look_for_idle_at_) EndIdle(now);
    if (paused_until_ != MonoTime{} && now >= paused_until_) Pause(false);
    Publish();
    if (cut_at_ns_ == 0) continue;
    StopListening();
    if (ToNanos(now) >= cut_at_ns_) Cut();
  }
  StopListening();
  Cut();
  for (const std::uint64_t id : guests_.all()) Forget(id);
}

void Connections::Watch(int fd, std::uint64_t id, unsigned events) const {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
}

int Connections::Patience(MonoTime now) const {
  std::optional<MonoTime> next = guests_.NextDeadline();
  const auto consider = [&next](MonoTime at) { next = next ? std::min(*next, at) : at; };
  if (paused_until_ != MonoTime{}) consider(paused_until_);
  // What was cut and goes on all the same, is cut again.
  if (cut_at_ns_ != 0 && guests_.any()) {
    consider(std::max(FromNanos(cut_at_ns_), now + milliseconds(10)));
  }
  if (!next) return -1;
  return static_cast<int>(std::chrono::ceil<milliseconds>(std::max(*next - now, Nanos(0))).count());
}

void Connections::WatchOwn(int fd) const {
  if (fd >= 0) Watch(fd, static_cast<std::uint64_t>(fd), EPOLLIN);
}

void Connections::AcceptAll(const Listener& from) {
  for (int i = 0; i < kMostInARow; ++i) {
    if (AsksTooMany(from)) return;
    SocketAddress peer;
    peer.size = sizeof peer.storage;
    const int fd = ::accept4(from.fd(), peer.get(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0 && IsProbe(peer.bytes())) {
      ::close(fd);
    } else if (fd >= 0) {
      Take(from, fd, AddressOf(peer.storage));
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

bool Connections::IsProbe(std::string_view name) {
  const std::lock_guard lock(mutex_);
  if (probe_.empty() || name != probe_) return false;
  probe_.clear();
  return true;
}

// The TLS door asks as many as it can: one goes, and the next one is accepted once it has gone. Who
// comes meanwhile waits in the kernel.
bool Connections::AsksTooMany(const Listener& at) {
  if (at.door() != Door::kTls || !handlers_.is_busy()) return false;
  if (const auto one = guests_.InTheWayAt(Door::kTls)) MakeLeave(*one);
  WatchTls(false);
  return true;
}

void Connections::WatchTls(bool watch) {
  if (tls_rests_ != watch) return;
  tls_rests_ = !watch;
  for (const Listener& listener : listeners_) {
    if (listener.door() != Door::kTls || listener.fd() < 0) continue;
    if (watch) {
      WatchOwn(listener.fd());
    } else {
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, listener.fd(), nullptr);
    }
  }
}

void Connections::ListenToAdded() {
  const std::lock_guard lock(mutex_);
  for (Listener& listener : added_) {
    const bool rests = tls_rests_ && listener.door() == Door::kTls;
    if (paused_until_ == MonoTime{} && !rests) WatchOwn(listener.fd());
    listeners_.push_back(std::move(listener));
  }
  added_.clear();
}

void Connections::RebuildAsked() {
  std::vector<std::string> asked;
  {
    const std::lock_guard lock(mutex_);
    asked.swap(to_rebuild_);
  }
  for (Listener& listener : listeners_) {
    const std::string address = listener.address().ToString();
    if (std::ranges::find(asked, address) == asked.end()) continue;
    const absl::Status rebound = listener.Rebind();  // the old one leaves the epoll as it closes
    if (!rebound.ok()) {
      ComponentLog("rpc")->error("{} does not answer, and cannot be opened anew: {}", address,
                                 ToStd(rebound.message()));
      continue;
    }
    const bool rests = tls_rests_ && listener.door() == Door::kTls;
    if (paused_until_ == MonoTime{} && !rests) WatchOwn(listener.fd());
    ++counted_.listeners_rebuilt;
    ComponentLog("rpc")->warn("{} did not answer any more: opened anew", address);
  }
}

// A listener that cannot be accepted from would be reported without end.
void Connections::Pause(bool pause) {
  paused_until_ = pause ? clock_.Now() + kPause : MonoTime{};
  for (const Listener& listener : listeners_) {
    if (tls_rests_ && listener.door() == Door::kTls) continue;
    if (pause) {
      if (listener.fd() >= 0) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, listener.fd(), nullptr);
    } else {
      WatchOwn(listener.fd());
    }
  }
}

void Connections::StopListening() {
  listeners_.clear();
  paused_until_ = MonoTime{};
}

}  // namespace soarm
