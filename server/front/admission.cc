// Connections, of those who come: who gets in, who waits, and who has to leave.

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log/log.h"
#include "server/front/connections.h"
#include "server/front/guest_socket.h"
#include "server/front/http2.h"

namespace soarm {
namespace {

using std::chrono::milliseconds;

// On a connection that is to make room, at the least: who calls again and again is not cut off, and
// of those that hold room for nothing there are always some.
constexpr milliseconds kSilence(250);
// Less than any call takes, with all that HTTP/2 begins with: who has sent no more has not called.
constexpr std::uint64_t kBytesOfACall = 192;
constexpr int kLooksAtIdle = 10;  // in the time that one may be idle

}  // namespace

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
    if (HearFirstOfTls(fd) == Heard::kSomethingElse || HasGone(fd)) {
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

// Seldom, and when something else wakes the thread: the probes do.
void Connections::EndIdle(MonoTime now) {
  look_for_idle_at_ = now + limits_.idle / kLooksAtIdle;
  for (const std::uint64_t id : guests_.InsideByTcp()) {
    if (TrafficOf(second_.at(id)).silent >= limits_.idle) TurnAway(id, &ConnectionCounts::idle);
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
  // Of a crowd that left, thousands may wait in the kernel still: each would cost the server a
  // connection, for nobody.
  if (heard != Heard::kPreface || HasGone(second)) return TurnAway(id, &ConnectionCounts::silent);
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
