#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/base/listen_address.h"
#include "common/time/clock.h"
#include "server/core/reach.h"
#include "server/front/guest_list.h"
#include "server/front/listener.h"

namespace soarm {

// Accepts connections for the gRPC server, whose own loop ends for ever at the first accept() that
// finds no file descriptor, bounds nothing, and waits at its end for clients that read nothing. Who
// does not say within seconds that it speaks HTTP/2 never gets to the server, and who finds the
// house full is told so.
//
// Of its two sources, connections.cc has the loop and the listeners, admission.cc those who come.
// It keeps a second descriptor of each connection: that tells when it has ended, and can cut it.
//
// Threads    made and destroyed by its owner, Welcome() from any; the handlers run on its own
//            thread, "accept".
// Ownership  owns the listeners. Whoever is given a descriptor owns it.
class Connections {
 public:
  struct Handlers {
    // A client that speaks HTTP/2 and has room.
    std::function<void(int fd)> serve;
    // A new one at the TLS door, to be asked who it is; `id` is for Welcome().
    std::function<void(int fd, std::uint64_t id, const std::string& address)> greet;
    // Whether it asks as many as it can; GoOn() when it does no more.
    std::function<bool()> is_busy = [] { return false; };
  };

  Connections(std::vector<Listener> listeners, const ConnectionLimits& limits, Handlers handlers);
  // Cuts what is still connected.
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Listens there as well, from any thread.
  void Add(std::vector<Listener> listeners);
  // The one at the TLS door has proved who it is. `answer` is told, on "accept", whether there is
  // room; not if it has gone meanwhile.
  void Welcome(std::uint64_t id, std::function<void(bool has_room)> answer);
  void GoOn();
  // Whether the loop accepts is asked by whoever connects under that name; it is closed at once,
  // and counts for nothing.
  void ExpectProbe(std::string_view name);
  // Opens the listener at `address` anew, on "accept": it answers nobody any more.
  void Rebuild(const ListenAddress& address);
  ConnectionCounts counts() const;
  // Takes no more, at once, and removes the sockets' files; what is still connected after
  // `patience` is cut off. Does not wait.
  void End(Nanos patience);

 private:
  // Guests have numbers beyond those of descriptors, and of each its own.
  static constexpr std::uint64_t kFirstId = std::uint64_t{1} << 32U;
  static constexpr std::chrono::seconds kComplainEvery{10};
  using Count = std::uint64_t ConnectionCounts::*;
  struct Welcomed {
    std::uint64_t id = 0;
    std::function<void(bool)> answer;
  };

  void Run();
  void Watch(int fd, std::uint64_t id, unsigned events) const;
  void WatchOwn(int fd) const;
  // Milliseconds until there is something to do besides what is watched; -1: never.
  int Patience(MonoTime now) const;
  void AcceptAll(const Listener& from);
  bool IsProbe(std::string_view name);
  bool AsksTooMany(const Listener& at);
  void WatchTls(bool watch);
  void MakeLeave(std::uint64_t id);
  void EndIdle(MonoTime now);
  void Take(const Listener& from, int fd, const std::string& address);
  void Hear(std::uint64_t id, unsigned events);
  void HearWelcomes();
  void ListenToAdded();
  void RebuildAsked();
  // Whether there is room, or somebody's who has been silent for long and is cut off for it.
  bool LetIn(std::uint64_t id);
  std::optional<std::uint64_t> IdlestOf(const std::vector<std::uint64_t>& ids) const;
  void Publish();
  std::string WhyFull() const;
  void SayFull(int fd) const;
  void TurnAway(std::uint64_t id, Count why);
  void CountOne(Count what);
  void Complain(MonoTime now);
  void Pause(bool pause);
  void StopListening();
  void Forget(std::uint64_t id);
  void Cut() const;

  const ConnectionLimits limits_;
  const Handlers handlers_;
  const int epoll_;
  const int wake_;
  std::atomic<std::int64_t> cut_at_ns_{0};  // 0: not ending
  std::atomic<bool> destroyed_{false};
  mutable std::mutex mutex_;
  std::vector<Welcomed> welcomes_;       // guarded by mutex_
  std::vector<Listener> added_;          // guarded by mutex_
  std::string probe_;                    // guarded by mutex_
  std::vector<std::string> to_rebuild_;  // addresses; guarded by mutex_
  ConnectionCounts counts_;              // guarded by mutex_; changed by the thread only

  // Of the thread.
  const MonotonicClock clock_;
  std::vector<Listener> listeners_;
  GuestList guests_;
  std::map<std::uint64_t, int> second_;   // descriptor of each guest
  std::set<std::uint64_t> refused_;       // proved who they are, found no room, and are told so
  std::map<std::uint64_t, int> unheard_;  // the first, while it waits at a plain door
  std::uint64_t last_id_ = kFirstId;
  MonoTime paused_until_{};  // 0: accepting
  bool tls_rests_ = false;   // its listeners are not watched
  MonoTime look_for_idle_at_{};
  MonoTime complain_from_{};
  std::size_t turned_away_ = 0;  // since the last complaint
  ConnectionCounts counted_;

  std::thread thread_;  // last: uses all the others
};

}  // namespace soarm
