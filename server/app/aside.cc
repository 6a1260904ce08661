#include "server/app/aside.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace soarm {

// Shared with the thread, which may outlive the object.
struct Aside::State {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;  // guarded by mutex
};

Aside::Aside(std::function<void()> work) : state_(std::make_shared<State>()) {
  std::thread([state = state_, work = std::move(work)] {
    work();
    const std::lock_guard lock(state->mutex);
    state->done = true;
    state->changed.notify_all();
  }).detach();
}

Aside::~Aside() = default;

bool Aside::WaitFor(Nanos patience) const {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, patience, [this] { return state_->done; });
}

}  // namespace soarm
