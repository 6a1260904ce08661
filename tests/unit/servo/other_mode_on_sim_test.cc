// Servos that another program left in an operating mode in which our goals mean nothing.

#include <gtest/gtest.h>

#include "tests/unit/servo/simulated_bus.h"

namespace soarm {
namespace {

using std::chrono::milliseconds;

class OtherModeTest : public SimulatedBusTest {};

TEST_F(OtherModeTest, AWheelThatTurnsInDutyModeIsSwitchedOff) {
  SetUpRobot("lekiwi");
  Write(8, 33, {2});
  Write(8, 40, {1});
  Write(8, 44, {0x2C, 1});
  clock_.SleepUntil(clock_.Now() + milliseconds(500));
  Open();
  ASSERT_EQ(ByteOf(8, 40), 1);
  goals_[7] = {.write = true, .value = 0, .must_rest = true};
  TicksFor(milliseconds(300));
  EXPECT_EQ(ByteOf(8, 40), 0);
  EXPECT_FALSE(samples_[7].faults.Has(Fault::kStopUnconfirmed));
}

TEST_F(OtherModeTest, AJointThatTurnsInSpeedModeIsSwitchedOffByAStop) {
  Write(5, 33, {1});
  Write(5, 40, {1});
  Write(5, 46, {60, 0});
  Open();
  goals_[4] = {.write = true, .value = 0};
  TicksFor(milliseconds(300));
  EXPECT_EQ(ByteOf(5, 40), 1);
  EXPECT_EQ(WordOf(5, 46), 60) << "nothing is written that it would not understand";
  goals_[4].must_rest = true;
  TicksFor(milliseconds(300));
  EXPECT_EQ(ByteOf(5, 40), 0);
}

}  // namespace
}  // namespace soarm
