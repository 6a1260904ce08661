#pragma once

#include "server/core/stop_store.h"

namespace soarm::adversary {

// What the daemon's state directory holds, from one life of it to the next; its disk can be full.
//
// Threads  one.
class StateFolder final : public StopStore {
 public:
  absl::StatusOr<KeptStops> Load() override {
    if (outdated_) return absl::FailedPreconditionError("BAD_STATE_FILE: outdated");
    KeptStops stops = stops_;
    stops.is_new = !saved_;
    return stops;
  }
  absl::Status Save(const KeptStops& stops) override {
    if (full_) return absl::UnavailableError("NOT_SAVED: no space left on device");
    stops_ = stops;
    saved_ = true;
    outdated_ = false;
    return absl::OkStatus();
  }
  bool Remains() override { return true; }
  absl::Status Withdraw(bool stands) override {
    stops_.stops.clear();
    outdated_ = stands;
    return absl::OkStatus();
  }
  void SetFull(bool full) noexcept { full_ = full; }

 private:
  KeptStops stops_;
  bool saved_ = false;
  bool full_ = false;
  bool outdated_ = false;
};

}  // namespace soarm::adversary
