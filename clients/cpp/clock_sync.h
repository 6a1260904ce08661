#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include <absl/status/status.h>

#include "clients/cpp/clock_estimate.h"
#include "clients/cpp/connection.h"

namespace soarm::client {

// Keeps an estimate of how far the daemon's clock is ahead of this machine's, so that its stamps
// mean something here: some exchanges at once, then one a second. When the daemon goes away it asks
// again until the daemon is back; with another clock (another host, boot or suspend) the estimate
// begins anew.
//
// Threads    any. Owns the asking thread; the destructor ends the stream and joins it.
// Ownership  the connection must outlive it.
class ClockSync {
 public:
  // A stamp of the daemon's on this machine's CLOCK_MONOTONIC.
  struct LocalStamp {
    MonoTime at{};
    Nanos uncertainty{};  // the truth is within this of `at`
  };

  // By how much the daemon's time of day is ahead of this machine's.
  struct WallReading {
    Nanos ahead{};
    Nanos uncertainty{};  // the truth is within this of `ahead`
  };

  explicit ClockSync(Connection& connection);
  ~ClockSync();
  ClockSync(const ClockSync&) = delete;
  ClockSync& operator=(const ClockSync&) = delete;

  // Waits for the first exchanges, `timeout` at most, or until one fails: then why. OK at once
  // where the clock is known, also while the daemon is away. About 0.2 s on a quick link.
  absl::Status WaitUntilKnown(Nanos timeout);

  // As of now; nothing before the first exchange.
  std::optional<ClockReading> Reading() const;

  // As Reading(), of the Unix times: what file names and a person's watch go by. Either may be set
  // wrong, or be set anew at any time.
  std::optional<WallReading> Wall() const;

  // `robot_ns` on this machine's clock. Nothing where `clock_id`, of the message that has the
  // stamp, is not the one that is estimated, or nothing is known of it yet.
  std::optional<LocalStamp> ToLocal(std::int64_t robot_ns, std::uint64_t clock_id) const;

  // Why the last exchange that ended failed: UNAVAILABLE while the daemon is away. OK before that,
  // while it is under way, and once one succeeds again.
  absl::Status status() const;

 private:
  void Follow(Connection& connection, const std::stop_token& stop);
  absl::Status Exchange(Connection& connection, const std::stop_token& stop);
  void Take(const ClockExchange& exchange, std::uint64_t clock_id, Nanos wall_offset);

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  ClockEstimate estimate_;
  std::uint64_t clock_id_ = 0;   // of `estimate_`; 0: of none
  std::uint64_t exchanges_ = 0;  // with this clock
  Nanos wall_offset_{};          // the daemon's Unix time less its stamp, of the newest exchange
  absl::Status status_;

  std::jthread asker_;  // last: it uses all of the above
};

}  // namespace soarm::client
