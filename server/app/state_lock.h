#pragma once

#include <string>

#include <absl/status/statusor.h>

namespace soarm {

// The sole right to a state directory, for as long as the object and the process live: a second
// daemon would write its own stops over those of the first, which would then not outlive it.
//
// Threads  one.
class StateLock {
 public:
  // Makes the directory where it is not there yet. Where nothing can be kept, nothing is locked.
  //   kFailedPrecondition STATE_DIR_IN_USE  another daemon has it
  static absl::StatusOr<StateLock> Take(const std::string& folder);

  StateLock() = default;
  ~StateLock();

  // Whether there is a directory, in which then nobody else keeps anything.
  bool is_held() const { return descriptor_ >= 0; }
  StateLock(StateLock&& other) noexcept;
  StateLock& operator=(StateLock&& other) noexcept;
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;

 private:
  explicit StateLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;  // of the directory itself, so that no file is needed to lock it
};

}  // namespace soarm
