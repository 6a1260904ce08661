#include "common/log/line_writer.h"

#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <utility>

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

namespace soarm {
namespace {

// False when the descriptor takes nothing, for another reason than that nobody reads.
bool WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return false;
    // Another program made what we share with it non-blocking.
    pollfd wait{descriptor, POLLOUT, 0};
    ::poll(&wait, 1, -1);
  }
  return true;
}

}  // namespace

struct LineWriter::Queue {
  const int descriptor;
  const std::size_t most;  // bytes

  std::mutex mutex;  // a leaf; guards what follows, never held over a write
  std::condition_variable changed;
  std::string text;
  std::size_t lines = 0;  // in `text`
  std::uint64_t lost = 0;
  bool writing = false;
  bool ending = false;
};

LineWriter::LineWriter(int descriptor, std::size_t most_queued)
    : queue_(new Queue{
          .descriptor = descriptor, .most = most_queued, .mutex = {}, .changed = {}, .text = {}}) {
  std::thread([queue = queue_] { Run(queue); }).detach();
}

LineWriter::~LineWriter() {
  const std::lock_guard lock(queue_->mutex);
  queue_->ending = true;
  queue_->changed.notify_all();
}

void LineWriter::Post(std::string_view line) {
  const std::lock_guard lock(queue_->mutex);
  if (queue_->text.size() + line.size() > queue_->most) {
    ++queue_->lost;
    return;
  }
  queue_->text += line;
  ++queue_->lines;
  queue_->changed.notify_all();
}

bool LineWriter::Flush(std::chrono::milliseconds patience) {
  std::unique_lock lock(queue_->mutex);
  return queue_->changed.wait_for(lock, patience,
                                  [&] { return queue_->text.empty() && !queue_->writing; });
}

void LineWriter::Run(const std::shared_ptr<Queue>& queue) {
  ::pthread_setname_np(::pthread_self(), "log");
  std::unique_lock lock(queue->mutex);
  while (true) {
    queue->changed.wait(lock, [&] { return !queue->text.empty() || queue->ending; });
    if (queue->text.empty()) return;
    std::string text = std::exchange(queue->text, {});
    const std::size_t lines = std::exchange(queue->lines, 0);
    const std::uint64_t lost = std::exchange(queue->lost, 0);
    // What was lost came after what is queued.
    if (lost > 0) text += "(" + std::to_string(lost) + " lines of the log were lost here)\n";
    queue->writing = true;
    lock.unlock();
    const bool written = WriteAll(queue->descriptor, text);
    lock.lock();
    queue->writing = false;
    if (!written) queue->lost += lost + lines;
    queue->changed.notify_all();
  }
}

}  // namespace soarm
