#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <absl/status/statusor.h>

namespace soarm {

// The sole right to a state directory, for as long as the object and the process live: a second
// daemon would write its own stops over those of the first, which would then not outlive it.
//
// Threads  any.
class StateLock {
 public:
  // Makes the directory where it is not there yet. Where nothing can be kept, nothing is locked.
  //   kFailedPrecondition STATE_DIR_IN_USE  another daemon has it
  static absl::StatusOr<std::unique_ptr<StateLock>> Take(const std::string& folder);
  ~StateLock();
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;

  // Whether there was a directory, in which then nobody else keeps anything.
  bool is_held();
  // Before anything is written. The lock is on the directory, not on its name: one that was removed
  // and made again is taken anew, unless another daemon has taken it.
  //   kFailedPrecondition STATE_DIR_IN_USE
  absl::Status Renew();

 private:
  explicit StateLock(std::string folder) : folder_(std::move(folder)) {}
  bool IsTheFolder(int descriptor) const;

  const std::string folder_;
  std::mutex mutex_;
  int descriptor_ =
      -1;  // guarded by mutex_; of the directory, so that no file is needed to lock it
};

}  // namespace soarm
