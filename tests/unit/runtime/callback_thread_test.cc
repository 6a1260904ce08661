#include "server/runtime/callback_thread.h"

#include <future>

#include <gtest/gtest.h>

namespace soarm {
namespace {

class CountingListener final : public Robot::Listener {
 public:
  void OnTick() override { ++ticks; }
  std::atomic<int> ticks{0};
};

TEST(CallbackThreadTest, RunsPostsInOrderOnOneThread) {
  WakeSignal ticked;
  MonotonicClock clock;
  CallbackThread callbacks(ticked, clock);
  callbacks.Start();
  std::vector<int> order;
  std::promise<bool> done;
  for (int i = 0; i < 5; ++i) callbacks.Post([&order, i] { order.push_back(i); });
  callbacks.Post([&] { done.set_value(callbacks.is_own_thread()); });
  EXPECT_TRUE(done.get_future().get());
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(CallbackThreadTest, StopRunsWhatWasPosted) {
  WakeSignal ticked;
  MonotonicClock clock;
  CallbackThread callbacks(ticked, clock);
  callbacks.Start();
  bool ran = false;
  callbacks.Post([&] { ran = true; });
  callbacks.Stop();
  EXPECT_TRUE(ran);
}

TEST(CallbackThreadTest, TellsListenersUntilTheyAreRemoved) {
  WakeSignal ticked;
  MonotonicClock clock;
  CallbackThread callbacks(ticked, clock);
  CountingListener listener;
  callbacks.AddListener(&listener);
  callbacks.Start();
  while (listener.ticks.load() == 0) ticked.Notify();
  callbacks.RemoveListener(&listener);
  const int told = listener.ticks.load();
  std::promise<void> later;
  callbacks.Post([] {});
  callbacks.Post([&] { later.set_value(); });
  later.get_future().wait();
  EXPECT_EQ(listener.ticks.load(), told);
}

TEST(CallbackThreadTest, ListenerMayRemoveItselfInItsCall) {
  WakeSignal ticked;
  MonotonicClock clock;
  CallbackThread callbacks(ticked, clock);
  class Leaving final : public Robot::Listener {
   public:
    explicit Leaving(CallbackThread& callbacks) : callbacks_(callbacks) {}
    void OnTick() override {
      callbacks_.RemoveListener(this);
      left.set_value();
    }
    std::promise<void> left;

   private:
    CallbackThread& callbacks_;
  } listener(callbacks);
  callbacks.AddListener(&listener);
  callbacks.Start();
  ticked.Notify();
  listener.left.get_future().wait();
}

}  // namespace
}  // namespace soarm
