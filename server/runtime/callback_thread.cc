#include "server/runtime/callback_thread.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <pthread.h>

namespace soarm {
namespace {

// What ends by itself, as a lease does, is seen that much later; and a robot's cycles may have
// ended.
constexpr Nanos kAtLeastEvery = std::chrono::milliseconds(20);

}  // namespace

CallbackThread::~CallbackThread() { Stop(); }

void CallbackThread::Start() {
  thread_ = std::thread([this] { Run(); });
}

void CallbackThread::Stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true);
  ticked_.signal().Notify();
  thread_.join();
}

void CallbackThread::Post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  ticked_.signal().Notify();
}

void CallbackThread::AddListener(Robot::Listener* listener) {
  {
    const std::lock_guard lock(mutex_);
    listeners_.push_back(listener);
  }
  AwaitTick();
}

void CallbackThread::RemoveListener(Robot::Listener* listener) {
  std::unique_lock lock(mutex_);
  std::erase(listeners_, listener);
  if (is_own_thread()) return;
  left_.wait(lock, [&] { return current_ != listener; });
}

void CallbackThread::Run() {
  ::pthread_setname_np(::pthread_self(), "pub");
  while (!stopping_.load()) {
    const std::uint32_t seen = ticked_.signal().count();
    Turn();
    ticked_.signal().Wait(seen, clock_.Now() + kAtLeastEvery);
  }
  RunTasks();
}

void CallbackThread::Turn() {
  thread_id_.store(std::this_thread::get_id());
  ticked_.Rest();
  RunTasks();
  const MonoTime now = clock_.Now();
  bool waits = false;
  for (const auto& work : work_) waits = work(now) || waits;
  waits = TellListeners() || waits;
  if (waits) AwaitTick();
}

void CallbackThread::RunTasks() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) task();
}

bool CallbackThread::TellListeners() {
  bool every_tick = false;
  std::unique_lock lock(mutex_);
  const std::vector<Robot::Listener*> now = listeners_;
  for (Robot::Listener* listener : now) {
    // It may have been removed by the call before.
    if (std::find(listeners_.begin(), listeners_.end(), listener) == listeners_.end()) continue;
    current_ = listener;
    every_tick = every_tick || listener->WantsEveryTick();
    lock.unlock();
    listener->OnTick();
    lock.lock();
    current_ = nullptr;
    left_.notify_all();
  }
  return every_tick;
}

}  // namespace soarm
