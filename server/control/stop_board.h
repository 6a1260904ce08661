#pragma once

#include <limits>
#include <mutex>
#include <string>
#include <vector>

#include <absl/status/status.h>

#include "common/sync/wake_signal.h"
#include "server/control/authority.h"

namespace soarm::control {

// One stop that stands until it is cleared, in numbers, as the ticks have groups. Not that of
// server/core: people see names, and nothing of the two halves of a clear.
struct StopAssertion {
  std::uint64_t id = 0;
  GroupMask groups = 0;
  StopLevel level = StopLevel::kHold;
  std::string source;  // who: "rpc", "stop-socket", ...
  std::string reason;
  MonoTime at{};
  bool leaving = false;  // BeginClear()
};

// The latch of stops. The most restrictive of a group's assertions is what its tick sees; Assert()
// raises that word before it takes any lock.
//
// Anybody may stop, so the list is bounded: once it is long, a stop joins the one of the same
// groups and level, whose id it gets. No stop is ever widened or made harder by another.
//
// Threads  any.
class StopBoard {
 public:
  StopBoard(std::size_t group_count, Authority& authority, const Clock& clock);

  // Needs no lease. Repeating the same stop returns the same id. `level` is not kNone.
  std::uint64_t Assert(GroupMask groups, StopLevel level, std::string source, std::string reason);
  // The first half of a clear: that stop, or with 0 each that stands, is not to be kept any more.
  // It stands until Clear() is called, and no other stop joins it. Returns the ids; none when there
  // is no such stop.
  std::vector<std::uint64_t> BeginClear(std::uint64_t id);
  // Ends one stop, or with 0 all. Never resumes motion: commands of streams that were open before
  // stay held, moves have ended.
  //   kNotFound  UNKNOWN_STOP
  absl::Status Clear(std::uint64_t id);

  std::vector<StopAssertion> List() const;
  // All there is to keep for a restart; `version` counts its changes.
  struct Book {
    std::uint64_t version = 0;
    std::uint64_t last_id = 0;
    std::vector<StopAssertion> assertions;
  };
  Book Read() const;
  std::uint64_t version() const { return version_.load(); }
  // What stood at the end of an earlier life; before the first tick.
  void Restore(std::uint64_t last_id, std::vector<StopAssertion> assertions);
  // The last id that a later life is known not to give again. What comes after it, until the next
  // call, begins far away.
  void SetLastSafeId(std::uint64_t id);
  WakeSignal& changed() { return changed_; }

 private:
  void Publish();  // wants mutex_ held, as all of what follows
  // The standing stop that another one like this joins, if any.
  StopAssertion* FindLike(const StopAssertion& stop);

  const std::size_t group_count_;
  Authority& authority_;
  const Clock& clock_;
  WakeSignal changed_;

  std::atomic<std::uint64_t> version_{0};  // changed with mutex_ held

  mutable std::mutex mutex_;  // a leaf; guards what follows
  std::vector<StopAssertion> assertions_;
  std::uint64_t last_id_ = 0;
  std::uint64_t last_safe_id_ = std::numeric_limits<std::uint64_t>::max();
};

// kNotFound UNKNOWN_STOP: no stop with that id stands.
absl::Status UnknownStop(std::uint64_t id);

// An id that no earlier life is likely to have given, for when it is not known which it did.
std::uint64_t UnusedStopId();

}  // namespace soarm::control
