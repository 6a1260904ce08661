#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

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
  // GroupAuthority's counts when it was asked for: a stop that stood then, or a later one,
  // ends it, however short.
  std::uint64_t stops = 0;     // kStartMove
  std::uint64_t releases = 0;  // kEnable
  MoveGoal goal;               // kStartMove
  std::uint64_t move = 0;      // kStartMove: its id, above all before it; kCancelMove: which
};

enum class Outcome : std::uint8_t {
  kDone,
  kBus,        // the bus refused or failed: see `bus`
  kFenced,     // the lease ended meanwhile
  kStopped,    // a stop forbids it, or ended it
  kNotOpen,    // the bus is not open, or its joints were not read yet
  kOvertaken,  // a torque-off of its group was asked for after it
  kMove,       // see `move`
  kNoSuchMove,
};

struct Reply {
  Outcome outcome = Outcome::kDone;
  BusOperationResult bus;
  MoveAnswer move;
};

// Lossless requests into one cycle, each with a reply: a few slots that change hands by an atomic
// state. A caller who loses interest gets its slot back when the cycle has not begun, else the
// cycle frees it at the end.
//
//   state       moved on by                                    to
//   kFree       a caller                                       kFilling, kPosted
//   kPosted     the cycle; a caller who gives up               kTaken; kFree
//   kTaken      the cycle; a caller who gives up               kReplied; kAbandoned
//   kReplied    the caller                                     kFree
//   kAbandoned  the cycle                                      kFree
//
// Threads    Post(), Poll() and Abandon() from any slow thread; the rest from the cycle. Requests
//            are taken in the order of the posts as far as these follow each other.
// Real time  all of it: bounded, no lock, no system call.
class OperationQueue {
 public:
  static constexpr std::size_t kSlots = 8;

  // A slot, or nothing while all are taken...
  std::optional<std::size_t> Post(const Request& request) noexcept;
  // ... its reply, once, which frees the slot...
  std::optional<Reply> Poll(std::size_t slot) noexcept;
  // ... or the end of interest in it: the cycle has not seen it and never will, works on it and is
  // told, or has replied meanwhile, which is to be polled.
  enum class Abandoned : std::uint8_t { kUnseen, kTaken, kReplied };
  Abandoned Abandon(std::size_t slot) noexcept;
  // ... or, where the cycle has not seen it, its end: it never will.
  bool TakeBack(std::size_t slot) noexcept { return Change(slot, Phase::kPosted, Phase::kFree); }

  // The oldest request not taken yet, as a slot number.
  std::optional<std::size_t> Take() noexcept;
  const Request& request(std::size_t slot) const noexcept { return slots_[slot].request; }
  bool IsAbandoned(std::size_t slot) const noexcept {
    return PhaseOf(slots_[slot].word.load(std::memory_order_acquire)) == Phase::kAbandoned;
  }
  void Finish(std::size_t slot, const Reply& reply) noexcept;

 private:
  enum class Phase : std::uint8_t { kFree, kFilling, kPosted, kTaken, kReplied, kAbandoned };
  // Ticket and phase in one word: a slot that changed hands between two looks is never mistaken for
  // the request that was there before.
  struct Slot {
    std::atomic<std::uint64_t> word{0};
    Request request;
    Reply reply;
  };
  static constexpr std::uint64_t WordOf(std::uint64_t ticket, Phase phase) noexcept {
    return ticket << 3U | static_cast<std::uint64_t>(phase);
  }
  static constexpr Phase PhaseOf(std::uint64_t word) noexcept {
    return static_cast<Phase>(word & 7U);
  }
  // Moves `slot` on when it is in phase `from`.
  bool Change(std::size_t slot, Phase from, Phase to) noexcept;

  std::array<Slot, kSlots> slots_;
  std::atomic<std::uint64_t> tickets_{0};
};

}  // namespace soarm::control
