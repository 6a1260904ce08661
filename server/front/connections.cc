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
#include "server/front/http2.h"
#include "server/front/socket_address.h"

namespace soarm {
namespace {

using std::chrono::milliseconds;

// Until file descriptors, or memory, may be there again.
constexpr milliseconds kPause(100);
constexpr std::chrono::seconds kComplainEvery(10);
// Of one listener in a row, so that a flood does not keep the thread from the others and the end.
constexpr int kMostInARow = 64;
// On a connection that is to make room, at the least: who calls again and again is not cut off, and
// of those that hold room for nothing there are always some.
constexpr milliseconds kSilence(250);
// Less than any call takes, with all that HTTP/2 begins with: who has sent no more has not called.
constexpr std::uint64_t kBytesOfACall = 192;
constexpr int kLooksAtIdle = 10;  // in the time that one may be idle

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

void Connections::Take(const Listener& from, int fd, const std::string& address) {
  const int second = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (second < 0) {
    ::close(fd);
    return CountOne(&ConnectionCounts::full);
  }
  const Door door = from.door();
  if (door != Door::kUnix) SetTcpOptions(fd);
  const std::string host = door == Door::kUnix       ? ProcessOf(fd)
                           : door == Door::kLoopback ? "this computer"
                                                     : address;
  const std::uint64_t id = ++last_id_;
  second_[id] = second;
  guests_.Arrive(id, door, host, clock_.Now());
  if (door == Door::kTls) {
    if (HearFirstOfTls(fd) == Heard::kSomethingElse) {
      ::close(fd);
      return TurnAway(id, &ConnectionCounts::unproven);
    }
    Watch(second, id, 0);  // ended: always reported
    handlers_.greet(fd, id, address);
  } else {
    unheard_[id] = fd;
    Watch(second, id, EPOLLIN | EPOLLET);
    Hear(id, 0);  // most have spoken already
    if (!guests_.knows(id) || !guests_.waits(id)) return;
  }
  if (const std::optional<std::uint64_t> leaves = guests_.LeavesFor(id)) MakeLeave(*leaves);
}

// Of those that wait; unless it has spoken just now.
void Connections::MakeLeave(std::uint64_t id) {
  if (unheard_.contains(id)) Hear(id, 0);
  if (guests_.knows(id) && guests_.waits(id)) TurnAway(id, &ConnectionCounts::silent);
}

// The TLS door asks as many as it can: the longest asked goes, and the next one is accepted once
// it has gone. Who comes meanwhile waits in the kernel.
bool Connections::AsksTooMany(const Listener& at) {
  if (at.door() != Door::kTls || !handlers_.is_busy()) return false;
  if (const auto longest = guests_.LongestWaitingAt(Door::kTls)) MakeLeave(*longest);
  WatchTls(false);
  return true;
}

// Seldom, and when something else wakes the thread: the probes do.
void Connections::EndIdle(MonoTime now) {
  look_for_idle_at_ = now + limits_.idle / kLooksAtIdle;
  for (const std::uint64_t id : guests_.InsideByTcp()) {
    if (TrafficOf(second_.at(id)).silent >= limits_.idle) TurnAway(id, &ConnectionCounts::idle);
  }
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

// It has ended, or one that waits has said something.
void Connections::Hear(std::uint64_t id, unsigned events) {
  const auto unheard = unheard_.find(id);
  if (unheard == unheard_.end()) {
    if ((events & (EPOLLHUP | EPOLLERR)) == 0) return;
    // Whoever proves nothing is closed by the TLS door.
    if (guests_.waits(id) && !refused_.contains(id)) CountOne(&ConnectionCounts::unproven);
    return Forget(id);
  }
  const int second = second_.at(id);
  const Heard heard = HearFirst(second);
  if (heard == Heard::kNotYet && (events & (EPOLLHUP | EPOLLERR)) == 0) return;
  if (heard != Heard::kPreface) return TurnAway(id, &ConnectionCounts::silent);
  if (cut_at_ns_ != 0 || !LetIn(id)) {
    SayFull(second);
    return TurnAway(id, &ConnectionCounts::full);
  }
  const int fd = unheard->second;
  unheard_.erase(unheard);
  epoll_event ended{};  // always reported
  ended.data.u64 = id;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, second, &ended);
  handlers_.serve(fd);
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

void Connections::HearWelcomes() {
  std::vector<Welcomed> welcomes;
  {
    const std::lock_guard lock(mutex_);
    welcomes.swap(welcomes_);
  }
  for (const Welcomed& one : welcomes) {
    if (!guests_.knows(one.id)) {
      one.answer(false);
      continue;
    }
    const bool let_in = cut_at_ns_ == 0 && LetIn(one.id);
    one.answer(let_in);
    if (let_in) continue;
    // The TLS door says so and closes it, or patience ends.
    refused_.insert(one.id);
    CountOne(&ConnectionCounts::full);
  }
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

bool Connections::LetIn(std::uint64_t id) {
  if (guests_.Enter(id)) return true;
  const std::optional<std::uint64_t> idle = IdlestOf(guests_.InTheWayOf(id));
  if (!idle) return false;
  TurnAway(*idle, &ConnectionCounts::idle);
  return guests_.Enter(id);
}

// Who has never called goes before who has been silent for a while.
std::optional<std::uint64_t> Connections::IdlestOf(const std::vector<std::uint64_t>& ids) const {
  std::optional<std::uint64_t> idlest;
  milliseconds longest = kSilence;
  for (const std::uint64_t id : ids) {  // in the order in which they came
    const Traffic traffic = TrafficOf(second_.at(id));
    if (guests_.door(id) == Door::kLoopback && traffic.received_bytes < kBytesOfACall) return id;
    if (traffic.silent < longest) continue;
    idlest = id;
    longest = traffic.silent;
  }
  return idlest;
}

std::string Connections::WhyFull() const {
  return "soarmd serves " + std::to_string(guests_.inside()) +
         " connections, which is as many as it takes; close some, or use the Unix socket";
}

void Connections::SayFull(int fd) const {
  ReadAway(fd);
  const std::string text = Http2Refusal(WhyFull());
  ::send(fd, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void Connections::TurnAway(std::uint64_t id, Count why) {
  ::shutdown(second_.at(id), SHUT_RDWR);
  Forget(id);
  CountOne(why);
}

void Connections::CountOne(Count what) {
  ++(counted_.*what);
  ++turned_away_;
  Complain(clock_.Now());
}

void Connections::Publish() {
  counted_.served = guests_.inside();
  counted_.waiting = guests_.waiting();
  const std::lock_guard lock(mutex_);
  counts_ = counted_;
}

void Connections::Complain(MonoTime now) {
  if (now < complain_from_) return;
  ComponentLog("rpc")->warn("connections turned away: {}; {} are served", turned_away_,
                            guests_.inside());
  complain_from_ = now + kComplainEvery;
  turned_away_ = 0;
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

void Connections::Forget(std::uint64_t id) {
  if (const auto unheard = unheard_.find(id); unheard != unheard_.end()) {
    ::close(unheard->second);
    unheard_.erase(unheard);
  }
  guests_.Leave(id);
  refused_.erase(id);
  const auto second = second_.find(id);
  // By hand: it would be watched for as long as gRPC has its own descriptor of it.
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, second->second, nullptr);
  ::close(second->second);
  second_.erase(second);
}

void Connections::Cut() const {
  for (const auto& [id, fd] : second_) ::shutdown(fd, SHUT_RDWR);
}

}  // namespace soarm
