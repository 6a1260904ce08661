#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "common/time/clock.h"

namespace soarm {

// Looks after what nobody calls: does its jobs every few seconds.
//
// Threads    its owner's; the jobs run on a thread of their own, "upkeep", and may wait.
// Ownership  what the jobs use must outlive it.
class Upkeep {
 public:
  Upkeep(Nanos every, std::vector<std::function<void()>> jobs);
  ~Upkeep();  // waits for the job that is being done
  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;

 private:
  void Run();

  const Nanos every_;
  const std::vector<std::function<void()>> jobs_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool ends_ = false;
  std::thread thread_;  // last: uses all the others
};

}  // namespace soarm
