#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/time/clock.h"

namespace soarm {

// What a connection comes in by.
enum class Door : std::uint8_t { kUnix, kLoopback, kTls };

// How many connections there may be at once. A TCP door takes half of them at most, and the two
// together three quarters, so that a Unix socket always has room; a process at a Unix socket and a
// machine at the TLS door get a quarter each: who comes the proper way finds room while a stranger
// takes what there is.
struct ConnectionLimits {
  std::size_t most = 256;     // served
  std::size_t waiting = 128;  // that have yet to say what they want
  // So long may one wait: for the first bytes of HTTP/2, or the end of a TLS handshake.
  Nanos patience = std::chrono::seconds(3);
  // By TCP, one on which neither end says anything for so long ends: its client may be gone without
  // a word, and is connected again by its next call if it is not.
  Nanos idle = std::chrono::minutes(10);

  std::size_t waiting_of_host() const { return waiting / 4; }
  // At the TLS door, at a time: each takes up to 100 KB.
  std::size_t most_asked() const { return waiting / 4; }
  std::size_t most_of(Door door) const { return door == Door::kUnix ? most : most / 2; }
  std::size_t most_by_tcp() const { return most - most / 4; }
  std::size_t most_of_host(Door door) const {
    return door == Door::kLoopback ? most / 2 : most / 4;
  }

  // What a process with so many file descriptors can serve without ever running out of them.
  static ConnectionLimits For(std::size_t files);
};

// Who waits at the doors and who is in, and what that leaves for others. Ids are given in the order
// in which they come. Pure: no sockets, time is passed in.
//
// Threads  one.
class GuestList {
 public:
  explicit GuestList(const ConnectionLimits& limits) : limits_(limits) {}

  // `host` tells those apart who must not take each other's room: a process, an address.
  void Arrive(std::uint64_t id, Door door, const std::string& host, MonoTime now);
  // Who has to leave so that `id` can wait: of too many that wait, the one that has waited longest,
  // of the same host if that has too many, so that one that is quick gets through between those
  // that are not.
  std::optional<std::uint64_t> LeavesFor(std::uint64_t id) const;
  // Who has to leave so that another one is asked at a door: the one that has waited longest of the
  // host that has most waiting there, of such hosts the longest. Where a thousand come at once from
  // one, another one's is in the middle of its handshake.
  std::optional<std::uint64_t> InTheWayAt(Door door) const;
  // It has said what it wants. False: there is no room; it waits on, to be told.
  bool Enter(std::uint64_t id);
  void Leave(std::uint64_t id);
  // Who takes the room that `id` does not find: those inside of its own host where that has its
  // share, else those by TCP that stand in its way. Nobody by a Unix socket.
  std::vector<std::uint64_t> InTheWayOf(std::uint64_t id) const;

  bool knows(std::uint64_t id) const { return guests_.contains(id); }
  // That it has not entered: it may still be asked who it is.
  bool waits(std::uint64_t id) const { return !guests_.at(id).in; }
  Door door(std::uint64_t id) const { return guests_.at(id).door; }
  bool any() const { return !guests_.empty(); }
  std::vector<std::uint64_t> InsideByTcp() const;
  std::size_t waiting() const { return guests_.size() - inside_; }
  std::size_t inside() const { return inside_; }
  std::size_t inside(Door door) const { return of_door_[static_cast<std::size_t>(door)]; }
  std::vector<std::uint64_t> all() const;
  // Who has waited too long.
  std::vector<std::uint64_t> Overdue(MonoTime now) const;
  // When the next one will have; nothing while nobody waits.
  std::optional<MonoTime> NextDeadline() const;

 private:
  struct Guest {
    Door door = Door::kUnix;
    std::string host;
    MonoTime since{};
    bool in = false;
  };

  bool HasRoom(const Guest& guest) const;
  bool IsHostFull(const Guest& guest) const;
  std::size_t CountWaiting(const std::string* host) const;
  std::optional<std::uint64_t> LongestWaiting(const std::string* host) const;

  const ConnectionLimits limits_;
  std::map<std::uint64_t, Guest> guests_;
  std::map<std::string, std::size_t> of_host_;  // inside
  std::array<std::size_t, 3> of_door_{};        // inside
  std::size_t inside_ = 0;
};

}  // namespace soarm
