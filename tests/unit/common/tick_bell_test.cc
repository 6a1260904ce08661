#include "common/sync/tick_bell.h"

#include <gtest/gtest.h>

namespace soarm {
namespace {

TEST(TickBellTest, RingsForNewsOrUntilWhoAskedHasLooked) {
  TickBell bell;
  bell.Tick(false);
  EXPECT_EQ(bell.signal().count(), 0u);
  bell.Tick(true);
  EXPECT_EQ(bell.signal().count(), 1u);
  bell.Ask();
  bell.Tick(false);
  bell.Tick(false);
  EXPECT_EQ(bell.signal().count(), 3u);
  bell.Rest();
  bell.Tick(false);
  EXPECT_EQ(bell.signal().count(), 3u);
}

}  // namespace
}  // namespace soarm
