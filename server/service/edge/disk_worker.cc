#include "server/service/edge/disk_worker.h"

#include <utility>

#include <pthread.h>

#include "common/base/problem.h"

namespace soarm {

DiskWorker::DiskWorker() : thread_([this] { Run(); }) {}

DiskWorker::~DiskWorker() { End(); }

void DiskWorker::End() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

absl::Status DiskWorker::Post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (ends_ || waiting_.size() >= kMostWaiting) {
      return Refuse(absl::StatusCode::kUnavailable, "NOT_SAVED", "",
                    "Too much that is to be saved waits for the disk.",
                    "Try again in a moment; where that goes on, look after the disk of the state "
                    "directory.");
    }
    waiting_.push_back(std::move(work));
  }
  changed_.notify_one();
  return absl::OkStatus();
}

void DiskWorker::Run() {
  ::pthread_setname_np(::pthread_self(), "disk");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ends_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::function<void()> work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace soarm
