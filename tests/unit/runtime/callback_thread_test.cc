#include "server/runtime/publisher.h"

#include <future>

#include <gtest/gtest.h>

namespace soarm {
namespace {

class CountingListener final : public Robot::Listener {
 public:
  void OnTick() override { ++ticks; }
  std::atomic<int> ticks{0};
};

TEST(PublisherTest, RunsPostsInOrderOnOneThread) {
  WakeSignal ticked;
  MonotonicClock clock;
  Publisher publisher(ticked, clock);
  publisher.Start();
  std::vector<int> order;
  std::promise<bool> done;
  for (int i = 0; i < 5; ++i) publisher.Post([&order, i] { order.push_back(i); });
  publisher.Post([&] { done.set_value(publisher.is_own_thread()); });
  EXPECT_TRUE(done.get_future().get());
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(PublisherTest, StopRunsWhatWasPosted) {
  WakeSignal ticked;
  MonotonicClock clock;
  Publisher publisher(ticked, clock);
  publisher.Start();
  bool ran = false;
  publisher.Post([&] { ran = true; });
  publisher.Stop();
  EXPECT_TRUE(ran);
}

TEST(PublisherTest, TellsListenersUntilTheyAreRemoved) {
  WakeSignal ticked;
  MonotonicClock clock;
  Publisher publisher(ticked, clock);
  CountingListener listener;
  publisher.AddListener(&listener);
  publisher.Start();
  while (listener.ticks.load() == 0) ticked.Notify();
  publisher.RemoveListener(&listener);
  const int told = listener.ticks.load();
  std::promise<void> later;
  publisher.Post([] {});
  publisher.Post([&] { later.set_value(); });
  later.get_future().wait();
  EXPECT_EQ(listener.ticks.load(), told);
}

TEST(PublisherTest, ListenerMayRemoveItselfInItsCall) {
  WakeSignal ticked;
  MonotonicClock clock;
  Publisher publisher(ticked, clock);
  class Leaving final : public Robot::Listener {
   public:
    explicit Leaving(Publisher& publisher) : publisher_(publisher) {}
    void OnTick() override {
      publisher_.RemoveListener(this);
      left.set_value();
    }
    std::promise<void> left;

   private:
    Publisher& publisher_;
  } listener(publisher);
  publisher.AddListener(&listener);
  publisher.Start();
  ticked.Notify();
  listener.left.get_future().wait();
}

}  // namespace
}  // namespace soarm
