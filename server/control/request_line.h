#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "server/control/operation_queue.h"

namespace soarm::control {

// The requests of the slow side to one cycle, in the order in which they came: first those that
// have a slot of the queue, behind them those that wait for one.
//
// Threads  none of its own: guarded by its owner.
class RequestLine {
 public:
  // What may wait besides torque-offs and cancels, which are always taken: of these there are as
  // many as calls that wait for them.
  static constexpr std::size_t kLongest = 64;

  explicit RequestLine(OperationQueue& queue) : queue_(queue) {}

  // False: too many wait.
  bool Post(std::uint64_t id, const Request& request);
  // The reply, once.
  std::optional<Reply> Poll(std::uint64_t id);
  // Nobody wants it done any more: it is not begun, or the cycle is told.
  void Abandon(std::uint64_t id);
  // It is to be done, but nobody waits for the reply.
  void Ignore(std::uint64_t id);
  // Hands free slots to those that wait.
  void Advance();

 private:
  struct Entry {
    std::uint64_t id = 0;
    Request request;
    std::optional<std::size_t> slot;
    bool ignored = false;
  };
  std::deque<Entry>::iterator Find(std::uint64_t id);

  OperationQueue& queue_;
  std::deque<Entry> entries_;
};

}  // namespace soarm::control
