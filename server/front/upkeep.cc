#include "server/front/upkeep.h"

#include <utility>

#include <pthread.h>

namespace soarm {

Upkeep::Upkeep(Nanos every, std::vector<std::function<void()>> jobs)
    : every_(every), jobs_(std::move(jobs)), thread_([this] { Run(); }) {}

Upkeep::~Upkeep() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Upkeep::Run() {
  ::pthread_setname_np(::pthread_self(), "upkeep");
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, every_, [this] { return ends_; })) {
    for (const auto& job : jobs_) {
      if (ends_) return;
      lock.unlock();
      job();
      lock.lock();
    }
  }
}

}  // namespace soarm
