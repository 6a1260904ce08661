#include "server/runtime/callback_thread.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <pthread.h>

namespace soarm {
namespace {

// Ticks wake it far more often; this is for a robot whose cycles have ended.
constexpr Nanos kAtLeastEvery = std::chrono::milliseconds(100);

}  // namespace

CallbackThread::~CallbackThread() { Stop(); }

void CallbackThread::Start() {
  thread_ = std::thread([this] { Run(); });
}

void CallbackThread::Stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true);
  ticked_.Notify();
  thread_.join();
}

void CallbackThread::Post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  ticked_.Notify();
}

void CallbackThread::AddListener(Robot::Listener* listener) {
  const std::lock_guard lock(mutex_);
  listeners_.push_back(listener);
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
    const std::uint32_t seen = ticked_.count();
    Turn();
    ticked_.Wait(seen, clock_.Now() + kAtLeastEvery);
  }
  RunTasks();
}

void CallbackThread::Turn() {
  thread_id_.store(std::this_thread::get_id());
  RunTasks();
  const MonoTime now = clock_.Now();
  for (const auto& work : work_) work(now);
  TellListeners();
}

void CallbackThread::RunTasks() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) task();
}

void CallbackThread::TellListeners() {
  std::unique_lock lock(mutex_);
  const std::vector<Robot::Listener*> now = listeners_;
  for (Robot::Listener* listener : now) {
    // It may have been removed by the call before.
    if (std::find(listeners_.begin(), listeners_.end(), listener) == listeners_.end()) continue;
    current_ = listener;
    lock.unlock();
    listener->OnTick();
    lock.lock();
    current_ = nullptr;
    left_.notify_all();
  }
}

}  // namespace soarm
