#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include <absl/status/status.h>

namespace soarm {

// Does what may wait for a disk, one after the other, so that no thread of gRPC's does: a disk that
// hangs would take them all, and with them the call that stops the robot.
//
// Threads  Post() from any; the work runs on a thread of its own, "disk".
class DiskWorker {
 public:
  static constexpr std::size_t kMostWaiting = 16;

  DiskWorker();
  ~DiskWorker();  // End()
  DiskWorker(const DiskWorker&) = delete;
  DiskWorker& operator=(const DiskWorker&) = delete;

  // Refuses where so much waits already that the disk must be hanging; `work` is not taken then.
  //   kUnavailable  NOT_SAVED
  absl::Status Post(std::function<void()> work);
  // Waits for what was taken, and takes no more. From one thread, as the destructor.
  void End();

 private:
  void Run();

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace soarm
