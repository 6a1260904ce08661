#include "common/sync/wake_signal.h"

#include <thread>

#include <gtest/gtest.h>

namespace soarm {
namespace {

TEST(WakeSignalTest, NoNotificationIsLostBetweenLookingAndSleeping) {
  WakeSignal signal;
  constexpr std::uint32_t kRounds = 20000;
  std::thread notifier([&] {
    for (std::uint32_t i = 0; i < kRounds; ++i) signal.Notify();
  });
  // Would hang, and hit the test's own timeout, if a wake-up were lost.
  for (std::uint32_t seen = signal.count(); seen < kRounds; seen = signal.count()) {
    signal.Wait(seen, MonoTime::max());
  }
  notifier.join();
  EXPECT_EQ(signal.count(), kRounds);
}

TEST(WakeSignalTest, ReturnsAtOnceWhenTheDeadlineHasPassed) {
  WakeSignal signal;
  signal.Wait(signal.count(), MonoTime{});
  EXPECT_EQ(signal.count(), 0u);
}

}  // namespace
}  // namespace soarm
