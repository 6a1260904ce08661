#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "server/core/command.h"
#include "tests/adversary/play/action.h"
#include "tests/adversary/record/record.h"

namespace soarm::adversary {

class Clients;

// One stream of commands as a `stream` action wants it:
//
//   JOINT=VALUE    a target: a number ("nan" too), or "A~B/PERIOD", swinging between A and B; a
//                  joint of another group of the bus is sent as it stands
//   rate=50        frames a second
//   ttl=200ms      how long each counts, from when it was sent
//   late=0s        how long each lay on the way
//   for=1s         how long frames are sent; then the stream stays open, silent, ...
//   close=yes      ... or ends
//   order=         "repeat": each twice; "swap": in pairs, the later first; "rewind": numbers start
//                  again now and then. The edge ends a stream whose numbers do not rise
//   burst=1        so many are kept back and sent together
//   jitter=0       share of the period by which frames come earlier or later
//
// Threads  one.
class FrameStream : public std::enable_shared_from_this<FrameStream> {
 public:
  FrameStream(Clients& clients, Action action, std::uint64_t seed);

  void Open();
  void Close();
  // By the daemon's edge.
  void End(const std::string& reason);
  bool open() const noexcept { return stream_ != 0; }

 private:
  struct Wave {
    std::size_t joint = 0;  // of the scene
    std::size_t index = 0;  // of the bus
    double from = 0;
    double to = 0;
    Time period = 0;  // 0: constant
  };
  void FindWaves();
  void Turn();
  void Send(std::uint64_t sequence, Time sent_at);
  static double ValueAt(const Wave& wave, Time since);

  Clients& clients_;
  const Action action_;
  std::mt19937_64 random_;
  std::vector<Wave> waves_;
  std::size_t group_ = 0;  // of the runtime's list
  std::uint64_t stream_ = 0;
  std::uint64_t life_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t highest_ = 0;  // number that was posted
  Time began_ = 0;
  Time until_ = 0;
  std::vector<Time> kept_back_;  // when each was made
};

}  // namespace soarm::adversary
