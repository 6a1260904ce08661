#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "common/sync/wake_signal.h"
#include "server/control/group_control.h"
#include "server/core/actuator_bus.h"

namespace soarm::control {

enum class RequestKind : std::uint8_t { kEnable, kRelease, kClearFault, kStartMove, kCancelMove };

// Something the slow side wants done exactly once, in a tick.
struct Request {
  RequestKind kind = RequestKind::kEnable;
  std::uint8_t group = 0;   // in the bus's list
  JointMask joints = 0;     // kClearFault; 0: the whole group
  std::uint64_t fence = 0;  // of the lease it rests on, checked again in the tick
  MoveGoal goal;            // kStartMove
  std::uint64_t move = 0;   // kCancelMove
};

enum class Outcome : std::uint8_t {
  kDone,
  kBus,      // the bus refused or failed: see `bus`
  kFenced,   // the lease ended meanwhile
  kStopped,  // a stop forbids it, or ended it
  kNotOpen,  // the bus is not open, or its joints were not read yet
  kMove,     // see `move`
  kNoSuchMove,
};

struct Reply {
  Outcome outcome = Outcome::kDone;
  BusOperationResult bus;
  MoveAnswer move;
  std::uint64_t move_id = 0;  // kStartMove
};

// Lossless requests into one cycle, each with a reply: a few slots that change hands by an atomic
// state. A caller who stops waiting gets its slot back when the cycle has not begun, else the cycle
// frees it at the end.
//
//   state       moved on by                                    to
//   kFree       a caller                                       kFilling, kPosted
//   kPosted     the cycle; a caller who gives up               kTaken; kFree
//   kTaken      the cycle; a caller who gives up               kReplied; kAbandoned
//   kReplied    the caller                                     kFree
//   kAbandoned  the cycle                                      kFree
//
// Threads    Ask(), Post(), Poll() and Abandon() from any slow thread; the rest from the cycle.
// Real time  Take() and Finish(): bounded, no lock, one wake-up while somebody waits.
class OperationQueue {
 public:
  // Waits for the reply until `deadline`; nothing when it did not come, or when all slots are
  // taken until then.
  std::optional<Reply> Ask(const Request& request, MonoTime deadline, Clock& clock);

  // The parts of Ask(), for callers that do not wait: a slot, or nothing while all are taken...
  std::optional<std::size_t> Post(const Request& request) noexcept;
  // ... its reply, once, which frees the slot...
  std::optional<Reply> Poll(std::size_t slot) noexcept;
  // ... or the end of interest in it. False when the reply has come meanwhile: then Poll().
  bool Abandon(std::size_t slot) noexcept;

  // The oldest request not taken yet, as a slot number.
  std::optional<std::size_t> Take() noexcept;
  const Request& request(std::size_t slot) const noexcept { return slots_[slot].request; }
  bool IsAbandoned(std::size_t slot) const noexcept {
    return slots_[slot].phase.load(std::memory_order_acquire) == Phase::kAbandoned;
  }
  void Finish(std::size_t slot, const Reply& reply) noexcept;

 private:
  enum class Phase : std::uint8_t { kFree, kFilling, kPosted, kTaken, kReplied, kAbandoned };
  struct Slot {
    std::atomic<Phase> phase{Phase::kFree};
    std::atomic<std::uint64_t> ticket{0};
    Request request;
    Reply reply;
  };

  std::array<Slot, 8> slots_;
  std::atomic<std::uint64_t> tickets_{0};
  WakeSignal changed_;
};

}  // namespace soarm::control
