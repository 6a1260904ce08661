#pragma once

#include <mutex>

#include <absl/status/status.h>

namespace soarm::cli {

// Why a lease ended before its holder did; OK while it stands.
//
// Threads    any: the one that renews the lease notes it.
class LeaseLoss {
 public:
  void Note(const absl::Status& why) {
    const std::lock_guard lock(mutex_);
    why_ = why;
  }
  absl::Status why() const {
    const std::lock_guard lock(mutex_);
    return why_;
  }

 private:
  mutable std::mutex mutex_;
  absl::Status why_;
};

}  // namespace soarm::cli
