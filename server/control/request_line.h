#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "server/control/operation_queue.h"

namespace soarm::control {

// The requests of the slow side to one cycle. Those of a group are done in the order in which they
// came, one at a time; groups take turns, so that nobody who floods the bus with what takes its
// time keeps another group's torque-off waiting. Two kinds wait for less:
//   a torque-off         ends what was asked of its group before: that is answered kOvertaken and
//                        never done, and an enable on which the cycle works is taken back
//   a move's cancelling  needs no bus, and overtakes all but the start of that move: there are
//                        slots which nothing else gets
//
// Threads  none of its own: guarded by its owner.
class RequestLine {
 public:
  // What may wait of a group besides torque-offs and cancels, which are always taken: of these
  // there are as many as calls that wait for them.
  static constexpr std::size_t kLongest = 64;
  static_assert(OperationQueue::kSlots >= 2 * kMaxGroups, "one of each group, and as many cancels");

  explicit RequestLine(OperationQueue& queue) : queue_(queue) {}

  // False: too many wait.
  bool Post(std::uint64_t id, const Request& request);
  // The reply, once.
  std::optional<Reply> Poll(std::uint64_t id);
  // Nobody wants it done any more: it is not begun, or the cycle is told. False: it was not begun.
  bool Abandon(std::uint64_t id);
  // It is to be done, but nobody waits for the reply.
  void Ignore(std::uint64_t id);
  // Answers all that have no slot yet: they are never done.
  void RefuseWaiting(Outcome why);
  // Hands free slots to those that wait.
  void Advance();
  bool is_empty() const { return entries_.empty(); }

 private:
  struct Entry {
    std::uint64_t id = 0;
    Request request;
    std::optional<std::size_t> slot;
    bool ignored = false;
    bool abandoned = false;  // while the cycle has not let go of it
    bool withdrawn = false;  // to be erased
  };
  std::deque<Entry>::iterator Find(std::uint64_t id);
  // Answers it without the cycle, which works on it no more and is told so if it does.
  void Withdraw(Entry& entry, Outcome why);
  void MakeWayFor(const Request& release);
  bool WaitsForItsStart(std::deque<Entry>::const_iterator cancel) const;

  OperationQueue& queue_;
  std::deque<Entry> entries_;
  std::map<std::uint64_t, Reply> answered_;  // without the cycle, and not polled yet
};

}  // namespace soarm::control
