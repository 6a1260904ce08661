#include "common/base/angle_text.h"

#include <gtest/gtest.h>

#include "common/base/units.h"

namespace soarm {
namespace {

TEST(AngleTextTest, SaysBothUnits) {
  EXPECT_EQ(AngleText(110 * kRadPerDeg), "1.92 rad (110.0 deg)");
  EXPECT_EQ(AngleRangeText(-kPi / 2, kPi / 4), "-1.571 to 0.7854 rad (-90.0 to 45.0 deg)");
  EXPECT_EQ(AngleText(0), "0 rad (0.0 deg)");
  EXPECT_EQ(AngleText(-1e300), "-1e+300 rad (-5.73e+301 deg)");
}

}  // namespace
}  // namespace soarm
