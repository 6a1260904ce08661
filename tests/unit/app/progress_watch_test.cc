#include "server/app/progress_watch.h"

#include <gtest/gtest.h>

namespace soarm {
namespace {

BusState StateAt(std::uint64_t tick, bool open = true) {
  BusState state;
  state.tick = tick;
  state.open = open;
  return state;
}

TEST(ProgressWatchTest, FeedsWhileEveryOpenBusTicks) {
  ProgressWatch watch(2);
  EXPECT_TRUE(watch.Advanced({StateAt(1), StateAt(7)}));
  EXPECT_TRUE(watch.Advanced({StateAt(2), StateAt(8)}));
}

TEST(ProgressWatchTest, StarvesWhenOneLoopHangs) {
  ProgressWatch watch(2);
  watch.Advanced({StateAt(1), StateAt(7)});
  EXPECT_FALSE(watch.Advanced({StateAt(2), StateAt(7)}));
  EXPECT_TRUE(watch.Advanced({StateAt(3), StateAt(8)}));
}

TEST(ProgressWatchTest, AbsentBusIsNoReasonToStarve) {
  ProgressWatch watch(2);
  watch.Advanced({StateAt(1), StateAt(7, false)});
  EXPECT_TRUE(watch.Advanced({StateAt(2), StateAt(7, false)}));
}

}  // namespace
}  // namespace soarm
