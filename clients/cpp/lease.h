#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <absl/status/statusor.h>

#include "clients/cpp/connection.h"
#include "common/time/clock.h"
#include "soarm/v1/lease.pb.h"

namespace soarm::client {

struct LeaseOptions {
  std::vector<std::string> groups;  // empty: every group that may be driven
  v1::LeaseClass lease_class = v1::TELEOP;
  bool preempt = false;
  std::string client_name;  // shown to others; empty: OwnName()
  std::string purpose;
  Nanos ttl = std::chrono::seconds(2);
  // Called once, on the renewing thread, when the lease is gone for good. Must not destroy it.
  std::function<void(const absl::Status& why)> on_lost;
};

// "user@host", as shown to others by default.
std::string OwnName();

// The right to move some groups, for as long as the object lives: renewed on a thread of its own,
// released by the destructor (the groups then enter HOLD). One that is lost, to another client or
// with the daemon, stays lost: who wants to go on acquires a new one.
//
// Threads    any. Owns the renewing thread; the destructor joins it and may block for one second.
// Ownership  the connection must outlive it.
class Lease {
 public:
  //   kFailedPrecondition LEASE_HELD  by another client; facts: holder, class, age_s
  //   kCancelled INTERRUPTED          `stop` was requested; one that was granted was given back
  //   as LeaseService.AcquireLease otherwise
  static absl::StatusOr<std::unique_ptr<Lease>> Acquire(Connection& connection,
                                                        LeaseOptions options,
                                                        const std::stop_token& stop = {});
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  const v1::LeaseRef& ref() const { return granted_.lease(); }
  const v1::AcquireLeaseResponse& granted() const { return granted_; }
  bool lost() const;

  // Stops renewing without releasing: the lease lives on until its time is up, for whoever has its
  // reference.
  void Abandon();

 private:
  Lease(Connection& connection, LeaseOptions options, v1::AcquireLeaseResponse granted);
  void RenewUntil(const std::stop_token& stop);
  void Lose(const absl::Status& why);

  // Constant after construction.
  Connection& connection_;
  const LeaseOptions options_;
  const v1::AcquireLeaseResponse granted_;
  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  bool lost_ = false;
  bool abandoned_ = false;

  std::jthread renewer_;  // last: it uses all of the above
};

}  // namespace soarm::client
