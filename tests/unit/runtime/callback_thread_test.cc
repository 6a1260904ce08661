#include "server/runtime/callback_thread.h"

#include <future>

#include <gtest/gtest.h>

namespace soarm {
namespace {

class CountingListener final : public Robot::Listener {
 public:
  explicit CountingListener(bool wants_every_tick = true) : wants_every_tick_(wants_every_tick) {}
  void OnTick() override { ++ticks; }
  bool WantsEveryTick() const override { return wants_every_tick_; }
  std::atomic<int> ticks{0};

 private:
  const bool wants_every_tick_;
};

// Turned by hand; whether the next tick would wake it.
struct Turned {
  bool IsWokenByATick() {
    const std::uint32_t before = ticked.signal().count();
    ticked.Tick(false);
    return ticked.signal().count() != before;
  }
  TickBell ticked;
  MonotonicClock clock;
  CallbackThread callbacks{ticked, clock};
};

TEST(CallbackThreadTest, TicksThatNobodyWaitsForDoNotWakeIt) {
  Turned turned;
  CountingListener seldom(false);
  turned.callbacks.AddListener(&seldom);
  turned.callbacks.Turn();
  EXPECT_EQ(seldom.ticks.load(), 1);
  EXPECT_FALSE(turned.IsWokenByATick());

  turned.callbacks.AwaitTick();
  EXPECT_TRUE(turned.IsWokenByATick());
  turned.callbacks.Turn();
  EXPECT_FALSE(turned.IsWokenByATick());
}

TEST(CallbackThreadTest, AListenerThatWantsThemIsToldOfAllTicks) {
  Turned turned;
  CountingListener listener;
  turned.callbacks.Turn();
  turned.callbacks.AddListener(&listener);
  EXPECT_TRUE(turned.IsWokenByATick());
  turned.callbacks.Turn();
  EXPECT_TRUE(turned.IsWokenByATick());
  turned.callbacks.RemoveListener(&listener);
  turned.callbacks.Turn();
  EXPECT_FALSE(turned.IsWokenByATick());
}

TEST(CallbackThreadTest, WorkThatWaitsIsWokenByTicksUntilItIsDone) {
  Turned turned;
  bool waits = true;
  turned.callbacks.OnWake([&](MonoTime) { return waits; });
  turned.callbacks.OnWake([](MonoTime) { return false; });
  turned.callbacks.Turn();
  EXPECT_TRUE(turned.IsWokenByATick());
  waits = false;
  turned.callbacks.Turn();
  EXPECT_FALSE(turned.IsWokenByATick());
}

TEST(CallbackThreadTest, RunsPostsInOrderOnOneThread) {
  TickBell ticked;
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
  TickBell ticked;
  MonotonicClock clock;
  CallbackThread callbacks(ticked, clock);
  callbacks.Start();
  bool ran = false;
  callbacks.Post([&] { ran = true; });
  callbacks.Stop();
  EXPECT_TRUE(ran);
}

TEST(CallbackThreadTest, TellsListenersUntilTheyAreRemoved) {
  TickBell ticked;
  MonotonicClock clock;
  CallbackThread callbacks(ticked, clock);
  CountingListener listener;
  callbacks.AddListener(&listener);
  callbacks.Start();
  while (listener.ticks.load() == 0) ticked.signal().Notify();
  callbacks.RemoveListener(&listener);
  const int told = listener.ticks.load();
  std::promise<void> later;
  callbacks.Post([] {});
  callbacks.Post([&] { later.set_value(); });
  later.get_future().wait();
  EXPECT_EQ(listener.ticks.load(), told);
}

TEST(CallbackThreadTest, ListenerMayRemoveItselfInItsCall) {
  TickBell ticked;
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
  ticked.signal().Notify();
  listener.left.get_future().wait();
}

}  // namespace
}  // namespace soarm
