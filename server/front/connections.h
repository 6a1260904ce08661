#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "common/time/clock.h"
#include "server/front/listener.h"

namespace soarm {

// How many connections are served at once. Half of them come through TCP at most, and a process
// that connects to a Unix socket gets a quarter: who comes the proper way finds room while a
// stranger takes what there is.
struct ConnectionLimits {
  std::size_t most = 256;
  std::size_t most_by_tcp() const { return most / 2; }
  std::size_t most_of_process() const { return most / 4; }

  // What a process with so many file descriptors can serve without ever running out of them.
  static ConnectionLimits For(std::size_t files);
};

// Accepts connections for the gRPC server, whose own loop ends for ever at the first accept() that
// finds no file descriptor, bounds nothing, and waits at its end for clients that read nothing.
//
// It keeps a second descriptor of each connection: that tells when it has ended, and can cut it.
//
// Threads    made and destroyed by its owner; `serve` runs on its own thread, "accept".
// Ownership  owns the listeners. `serve` owns the descriptor that it is given.
class Connections {
 public:
  Connections(std::vector<Listener> listeners, ConnectionLimits limits,
              std::function<void(int)> serve);
  // Cuts what is still connected.
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Takes no more, at once, and removes the sockets' files; what is still connected after
  // `patience` is cut off. Does not wait.
  void End(Nanos patience);

 private:
  // Who is at the other end: a process at a Unix socket, or anybody at TCP.
  using Peer = pid_t;

  void Run();
  void Watch(int fd, unsigned events) const;
  // Milliseconds until there is something to do besides what is watched; -1: never.
  int Patience(MonoTime now) const;
  void AcceptAll(const Listener& from);
  void Take(const Listener& from, int fd);
  bool HasRoomFor(Peer peer, bool tcp) const;
  void Refuse(MonoTime now);
  void Pause(bool pause);
  void StopListening();
  void Forget(int fd);
  void Cut() const;

  const ConnectionLimits limits_;
  const std::function<void(int)> serve_;
  const int epoll_;
  const int wake_;
  std::atomic<std::int64_t> cut_at_ns_{0};  // 0: not ending
  std::atomic<bool> destroyed_{false};

  // Of the thread.
  const MonotonicClock clock_;
  std::vector<Listener> listeners_;
  std::map<int, Peer> open_;  // by the second descriptor
  std::map<Peer, std::size_t> of_peer_;
  MonoTime paused_until_{};  // 0: accepting
  MonoTime complain_from_{};
  std::size_t refused_ = 0;  // since the last complaint

  std::thread thread_;  // last: uses all the others
};

}  // namespace soarm
