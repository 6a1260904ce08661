#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <utility>

#include "server/core/stop_store.h"

namespace soarm {

// Stops in memory, for as long as the test lasts: what a disk is to a daemon that is started again.
//
// Threads  any.
class MemoryStopStore final : public StopStore {
 public:
  absl::StatusOr<KeptStops> Load() override {
    const std::lock_guard lock(mutex_);
    if (!load_error.ok()) return load_error;
    KeptStops kept = kept_;
    kept.is_new = !saved_;
    return kept;
  }
  absl::Status Save(const KeptStops& stops) override {
    if (const auto hook = std::exchange(on_save, nullptr)) hook();
    const std::lock_guard lock(mutex_);
    ++saves_;
    if (!save_error.ok()) return save_error;
    kept_ = stops;
    saved_ = true;
    return absl::OkStatus();
  }
  bool Remains() override { return !lost.exchange(false); }
  absl::Status Withdraw(bool stands) override {
    const std::lock_guard lock(mutex_);
    if (!withdraw_error.ok()) return withdraw_error;
    kept_.stops.clear();
    if (stands) load_error = absl::FailedPreconditionError("withdrawn");
    return absl::OkStatus();
  }
  KeptStops kept() const {
    const std::lock_guard lock(mutex_);
    return kept_;
  }
  int saves() const {
    const std::lock_guard lock(mutex_);
    return saves_;
  }

  // Script; before the robot starts, or while nothing else runs.
  absl::Status load_error;
  absl::Status save_error;
  absl::Status withdraw_error;
  std::function<void()> on_save;  // once
  std::atomic<bool> lost{false};  // somebody has removed it; told once

 private:
  mutable std::mutex mutex_;
  KeptStops kept_;
  bool saved_ = false;
  int saves_ = 0;
};

}  // namespace soarm
