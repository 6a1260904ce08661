#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "common/sync/tick_bell.h"
#include "common/time/clock.h"
#include "server/core/robot.h"

namespace soarm {

// The thread "pub": after ticks it does what is due on the slow side and tells the listeners; in
// between it runs what others hand it. All completions and callbacks of the robot run here, so they
// never overlap. Without the thread, Turn() does what it does at each wake-up.
//
// It is woken by every tick that has verdicts, or while something waits for ticks: a listener, work
// that says so, whoever called AwaitTick(). Otherwise it looks every 20 ms.
//
// Threads  any; OnWake() and Start() before, Stop() after everything else; Turn() in place of the
//          thread.
class CallbackThread {
 public:
  // `ticked` outlives it.
  CallbackThread(TickBell& ticked, Clock& clock) : ticked_(ticked), clock_(clock) {}
  ~CallbackThread();
  CallbackThread(const CallbackThread&) = delete;
  CallbackThread& operator=(const CallbackThread&) = delete;

  // Work for every wake-up, ahead of the listeners; true: it waits for the next tick.
  void OnWake(std::function<bool(MonoTime now)> work) { work_.push_back(std::move(work)); }
  void Start();
  // Runs what was posted, then ends the thread. Nothing runs afterwards.
  void Stop();
  // Everything that is due: posts, work, listeners.
  void Turn();

  // Runs `task` on the thread, soon, in the order of the posts.
  void Post(std::function<void()> task);
  // Turns after the next tick, whatever that has to say.
  void AwaitTick() { ticked_.Ask(); }
  bool is_own_thread() const { return std::this_thread::get_id() == thread_id_.load(); }

  void AddListener(Robot::Listener* listener);
  // Returns once no call of it runs (unless it is that call which asks).
  void RemoveListener(Robot::Listener* listener);

 private:
  void Run();
  void RunTasks();
  // True: one wants every tick.
  bool TellListeners();

  TickBell& ticked_;
  Clock& clock_;
  std::vector<std::function<bool(MonoTime)>> work_;  // constant once started
  std::atomic<bool> stopping_{false};
  std::atomic<std::thread::id> thread_id_{};

  std::mutex mutex_;  // guards what follows; not held during calls
  std::condition_variable left_;
  std::vector<std::function<void()>> tasks_;
  std::vector<Robot::Listener*> listeners_;
  Robot::Listener* current_ = nullptr;  // the one being called

  std::thread thread_;
};

}  // namespace soarm
