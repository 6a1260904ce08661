#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace soarm {

// Writes lines to a file descriptor from a thread of its own, "log", so that nobody waits for
// whoever reads it: a pipe that is full holds up that thread alone. What finds the queue full is
// lost, and counted in a line of its own.
//
// Threads    any. The destructor ends the thread where it can, and leaves it behind where
//            write() does not come back.
// Ownership  the descriptor stays open as long as the process lives.
class LineWriter {
 public:
  static constexpr std::size_t kMostQueued = std::size_t{256} << 10;  // bytes

  explicit LineWriter(int descriptor, std::size_t most_queued = kMostQueued);
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Queues `line`, which ends in a line break. Waits for nothing but memory.
  void Post(std::string_view line);
  // Waits until everything posted before is written or given up; false after `patience`.
  bool Flush(std::chrono::milliseconds patience);

 private:
  struct Queue;
  static void Run(const std::shared_ptr<Queue>& queue);

  const std::shared_ptr<Queue> queue_;  // shared with the thread, which may outlive this
};

}  // namespace soarm
