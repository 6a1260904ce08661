#include "common/time/suspend_watch.h"

#include <gtest/gtest.h>

namespace soarm {
namespace {

using namespace std::chrono_literals;

// A machine that has slept for `slept`, and a reader that is kept from running for `pause` before
// and after the middle one of its three readings.
class PausedClock final : public Clock {
 public:
  MonoTime Now() const noexcept override { return FromNanos(1'000'000'000); }
  void SleepUntil(MonoTime) noexcept override {}
  SleepSpan Suspended() const noexcept override {
    return {slept - pause_after, slept + pause_before};
  }

  Nanos slept = 3min;
  Nanos pause_before{0};
  Nanos pause_after{0};
};

TEST(SuspendWatchTest, TellsOfASuspendOnce) {
  PausedClock clock;
  SuspendWatch watch(clock);
  EXPECT_FALSE(watch.Slept());
  clock.slept += 20ms;
  EXPECT_TRUE(watch.Slept());
  EXPECT_FALSE(watch.Slept());
}

TEST(SuspendWatchTest, AReaderThatIsKeptFromRunningDidNotSleep) {
  for (const bool first : {false, true}) {
    PausedClock clock;
    const auto pause = [&](Nanos span) { (first ? clock.pause_before : clock.pause_after) = span; };
    pause(300ms);  // in its very first reading
    SuspendWatch watch(clock);
    pause(0ms);
    EXPECT_FALSE(watch.Slept()) << first;
    pause(300ms);
    EXPECT_FALSE(watch.Slept()) << first;
    pause(0ms);
    EXPECT_FALSE(watch.Slept()) << first;
  }
}

TEST(SuspendWatchTest, ASuspendInWhoseReadingItWasKeptFromRunningIsOne) {
  PausedClock clock;
  SuspendWatch watch(clock);
  clock.slept += 1min;
  clock.pause_after = 300ms;
  EXPECT_TRUE(watch.Slept());
  clock.pause_after = 0ms;
  EXPECT_FALSE(watch.Slept()) << "the same one";
}

TEST(SuspendWatchTest, AReadingThatWasDisturbedHidesNoLaterSuspend) {
  PausedClock clock;
  clock.pause_before = 300ms;
  SuspendWatch watch(clock);
  clock.pause_before = 0ms;
  EXPECT_FALSE(watch.Slept());
  clock.slept += 20ms;
  EXPECT_TRUE(watch.Slept());
}

TEST(SuspendWatchTest, SmallSleepsAddUp) {
  PausedClock clock;
  SuspendWatch watch(clock);
  clock.slept += 6ms;
  EXPECT_FALSE(watch.Slept());
  clock.slept += 6ms;
  EXPECT_TRUE(watch.Slept());
}

TEST(MonotonicClockTest, ItsBoundsOfASuspendHoldTogether) {
  const MonotonicClock clock;
  SleepSpan before = clock.Suspended();
  for (int i = 0; i < 1000; ++i) {
    const SleepSpan span = clock.Suspended();
    ASSERT_LE(span.at_least, span.at_most);
    // Sleep is never taken back.
    ASSERT_GE(span.at_most, before.at_least);
    before = span;
  }
}

}  // namespace
}  // namespace soarm
