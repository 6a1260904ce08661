#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace soarm {

// A few threads for calls that wait for the tick (torque, set-up, starting a move), so that no RPC
// thread and no other operation has to.
//
// Threads  any.
class WorkerPool {
 public:
  explicit WorkerPool(std::size_t threads, std::size_t longest_queue = 32);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False when too much is waiting already, or the pool has stopped.
  bool Submit(std::function<void()> work);
  // Finishes what was submitted; afterwards nothing is taken.
  void Stop();

 private:
  void Run();

  const std::size_t longest_queue_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace soarm
