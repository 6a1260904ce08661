#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/status/statusor.h>

#include "common/time/suspend_watch.h"
#include "server/control/lease.h"
#include "server/core/lease.h"

namespace soarm::control {

// Who may drive which groups. The table decides and remembers; what the tick must know of it goes
// into the groups' authority words, where expiry is noticed without any help from here.
//
// A request for several groups is granted for all of them or refused. An equal or higher holder is
// never displaced; a lower one only with `preempt`. A lease that is displaced on one of its groups
// ends on all of them. Fences rise with every grant by a step that nobody can guess, and the epoch
// is random per start, so that no old lease is ever taken for a new one, nor a guess for either. A
// suspend of the machine ends every lease: nobody knows how long it was.
//
// Errors, each with a Problem that names holder, class and age where there is one:
//   kNotFound            UNKNOWN_GROUP
//   kFailedPrecondition  LEASE_HELD, LEASE_LOST (who took it or why it ended, and when),
//                        LEASE_MISSING
//   kPermissionDenied    LEASE_CLASS_TOO_HIGH, LEASE_UNKNOWN
//
// Threads  any.
class LeaseTable {
 public:
  // A lease's time to live is clamped: shorter would lose it to one lost packet, longer would keep
  // a robot from everybody after a crash.
  static constexpr Nanos kMinTtl = std::chrono::milliseconds(100);
  static constexpr Nanos kMaxTtl = std::chrono::seconds(60);
  static constexpr Nanos kDefaultTtl = std::chrono::seconds(2);

  // `group_names[i]` names group i; references outlive the table.
  LeaseTable(std::vector<std::string> group_names, Authority& authority, const Clock& clock);

  absl::StatusOr<LeaseGrant> Acquire(const LeaseRequest& request);
  // Extends by the granted time to live, and is the holder's sign of life.
  absl::StatusOr<LeaseGrant> Renew(const LeaseRef& lease);
  // Gives it back: the groups HOLD and no loss ladder starts. OK also for one that has ended
  // already; LEASE_UNKNOWN for what was never granted here, which nobody may take for released.
  absl::Status Release(const LeaseRef& lease);
  // Ends all leases that were granted to that pairing, for the reason that `why` says; none where
  // it has no name, as those of who is not paired.
  void RevokeOf(std::string_view paired_client, const std::string& why);
  // OK when `lease` lets its holder drive `group` now.
  absl::Status Check(GroupId group, const LeaseRef& lease) const;
  // ... or any group at all.
  absl::Status Check(const LeaseRef& lease) const;
  // The same without the words, for every frame of a stream: no words, no memory.
  LeaseStanding Judge(GroupId group, const LeaseRef& lease) const;
  // Of the groups that the lease lets its holder drive, until it ends: never of the next holder's.
  absl::Status SetSpeedScale(const LeaseRef& lease, double scale);

  std::vector<LeaseInfo> List() const;
  // How lease `fence` ended; nothing while it lives or when it is long forgotten.
  struct Ending {
    std::uint64_t fence = 0;
    std::string token;
    LeaseEnd end = LeaseEnd::kReleased;
    std::string by;  // for kPreempted the new holder's name, for kRevoked what did it
    LeaseClass by_class = LeaseClass::kObserver;  // for kPreempted
    MonoTime at{};
    bool drove = false;  // it was no observer's
  };
  std::optional<Ending> EndingOf(std::uint64_t fence) const;
  // Is told of every grant, and of every end with how it came; before anything else is called. It
  // is called under the table's lock, on whichever thread notices.
  using Watcher = std::function<void(const LeaseInfo&, const Ending* end)>;
  void Watch(Watcher watcher) { watcher_ = std::move(watcher); }

 private:
  struct Lease {
    LeaseInfo info;
    std::string token;
    Nanos ttl{};
  };

  // All of these want mutex_ held.
  void Purge() const;
  void End(std::size_t index, LeaseEnd end, std::string by,
           LeaseClass by_class = LeaseClass::kObserver) const;
  void Remember(Ending ending) const;
  void PublishGrant(const Lease& lease) const;
  absl::StatusOr<std::size_t> Find(const LeaseRef& ref) const;
  absl::Status CheckDrives(const LeaseRef& lease) const;
  absl::Status Missing(const LeaseRef& ref) const;
  bool HasEnded(const LeaseRef& ref) const;
  std::string NamesOf(GroupMask groups) const;
  LeaseGrant GrantOf(const Lease& lease) const;

  const std::vector<std::string> group_names_;
  Authority& authority_;
  const Clock& clock_;
  Watcher watcher_;  // may be empty

  mutable std::mutex mutex_;  // a leaf; guards what follows
  mutable std::vector<Lease> leases_;
  mutable std::deque<Ending> endings_;
  mutable SuspendWatch suspend_;
  std::uint64_t last_fence_ = 0;
};

// A number nobody can guess.
std::uint64_t RandomWord();

}  // namespace soarm::control
