#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/system/programs.h"

namespace soarm::test {

// Follows the simulated world and keeps every frame of its truth until it is taken.
//
// Threads    one, besides a reader of its own.
// Ownership  the connection outlives it.
class TruthLog {
 public:
  explicit TruthLog(client::Connection& simulator, double rate_hz = 100);
  TruthLog(const TruthLog&) = delete;
  TruthLog& operator=(const TruthLog&) = delete;

  // What came since it was asked last, in order.
  std::vector<sim::Truth> Take();
  sim::Truth Newest() const;
  // Waits until the world is past that time; false when it stands still.
  bool WaitUntil(std::int64_t time_ns) const;
  // Waits for so many frames more.
  bool WaitForFrames(int count) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  // Guarded by mutex_:
  std::vector<sim::Truth> frames_;
  sim::Truth newest_;
  std::uint64_t count_ = 0;

  std::jthread reader_;  // last: it uses all of the above
};

}  // namespace soarm::test
