#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "common/base/problem.h"
#include "common/sync/wake_signal.h"
#include "common/time/clock.h"
#include "server/core/state.h"

namespace soarm {

// Finds out who else uses the port of an open bus. A program that could not be seen when the bus
// was opened, or came later, shows by bytes that nobody here asked for and by answers that do not
// come. Looking for it takes as long as the list of processes is, so no tick does it and nobody
// waits for it. The bus is left as it is: an arm may be held by it.
//
//   since the last look               what is noted
//   the bus was opened, or trouble    PORT_IN_USE while somebody is found
//   nothing, and somebody was found   PORT_IN_USE until nobody is
//   foreign bytes, three times        FOREIGN_TRAFFIC when nobody is found
//
// Threads    Start() before, Stop() after everything else, on one thread. Its own, "look", asks;
//            without Start() that is Step()'s caller. NoteOf() from any.
class PortWatch {
 public:
  // One bus, as it is watched.
  struct Bus {
    std::string device;
    std::function<BusState()> state;  // as of the last tick
    // Who else has the device open, as PORT_IN_USE. Takes its time. May be empty.
    std::function<std::optional<Problem>()> find_other;
  };

  PortWatch(std::vector<Bus> buses, Clock& clock);
  ~PortWatch();
  PortWatch(const PortWatch&) = delete;
  PortWatch& operator=(const PortWatch&) = delete;

  void Start();
  void Stop();
  // One look at each bus that gives reason to.
  void Step();

  std::optional<Problem> NoteOf(std::size_t bus) const;

 private:
  // What is compared from one look to the next.
  struct Seen {
    std::uint32_t opens = 0;
    std::uint64_t foreign_bytes = 0;
    std::uint64_t troubles = 0;  // answers that did not come as they should
    int foreign_looks = 0;       // in a row
  };

  void Run();
  std::optional<Problem> Look(const Bus& bus, Seen& seen, bool noted);

  const std::vector<Bus> buses_;
  Clock& clock_;
  WakeSignal ending_;
  std::atomic<bool> stopping_{false};
  std::vector<Seen> seen_;  // Step()'s

  mutable std::mutex mutex_;  // a leaf; guards what follows
  std::vector<std::optional<Problem>> notes_;

  std::thread thread_;
};

}  // namespace soarm
