#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <absl/status/status.h>

#include "clients/cpp/connection.h"
#include "soarm/v1/state.pb.h"

namespace soarm::client {

// Follows the daemon's state in the background and keeps the newest frame. When the daemon goes
// away it asks again until the daemon is back, which may be another start of it: `clock_id` then is
// another one, and ticks count from 0. What the daemon refuses, e.g. an unknown group, is final.
//
// Threads    any. Owns the reading thread; the destructor ends the stream and joins it.
// Ownership  the connection must outlive it.
class StateWatch {
 public:
  // `group` empty: all groups.
  StateWatch(Connection& connection, const std::string& group, double rate_hz);
  ~StateWatch();
  StateWatch(const StateWatch&) = delete;
  StateWatch& operator=(const StateWatch&) = delete;

  // Null before the first frame. While `status()` is not OK it is as old as that.
  std::shared_ptr<const v1::StateFrame> Newest() const;

  // The first frame, waited for; the stream's error when there is none in time.
  absl::StatusOr<std::shared_ptr<const v1::StateFrame>> First(Nanos timeout);

  // OK while frames come; else why they do not: UNAVAILABLE while the daemon is away.
  absl::Status status() const;

 private:
  void Follow(Connection& connection, const v1::WatchStateRequest& request,
              const std::stop_token& stop);

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::shared_ptr<const v1::StateFrame> newest_;
  absl::Status status_;

  std::jthread reader_;  // last: it uses all of the above
};

}  // namespace soarm::client
