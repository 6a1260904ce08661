// A release, on the simulator's own bus.

#include <gtest/gtest.h>

#include "tests/unit/servo/feetech/simulated_bus.h"

namespace soarm {
namespace {

using std::chrono::milliseconds;

TEST_F(SimulatedBusTest, AReleaseDoesNotWaitForTheSilentJointsOfAnother) {
  Open();
  ASSERT_EQ(Run({.kind = BusOperation::kEnableTorque, .joints = AllJoints()}).phase,
            BusOperationResult::Phase::kDone);
  ASSERT_TRUE(world().Mute(1, true).ok());
  ASSERT_EQ(bus_->Begin({.kind = BusOperation::kReleaseTorque, .joints = MaskOf(0)}),
            BusRefusal::kNone);
  TicksFor(milliseconds(20));
  ASSERT_TRUE(IsRunning()) << "the silent one is searched for";
  EXPECT_EQ(bus_->Begin({.kind = BusOperation::kReleaseTorque, .joints = MaskOf(0)}),
            BusRefusal::kBusy);
  ASSERT_EQ(bus_->Begin({.kind = BusOperation::kReleaseTorque, .joints = MaskOf(3)}),
            BusRefusal::kNone);
  TicksFor(milliseconds(20));
  EXPECT_EQ(ByteOf(4, 40), 0);
  EXPECT_EQ(ByteOf(1, 40), 0) << "it hears, and was told again";
  EXPECT_EQ(ByteOf(2, 40), 1);
}

TEST_F(SimulatedBusTest, AServoWhoseAnswersComeDamagedSaysTwiceThatItIsLimp) {
  for (const bool damaged : {false, true}) {
    Open();
    ASSERT_EQ(Run({.kind = BusOperation::kEnableTorque, .joints = AllJoints()}).phase,
              BusOperationResult::Phase::kDone);
    ASSERT_TRUE(world().Corrupt(4, damaged ? 1 : 0).ok());
    TicksFor(milliseconds(10));
    ASSERT_EQ(bus_->Begin({.kind = BusOperation::kReleaseTorque, .joints = MaskOf(3)}),
              BusRefusal::kNone);
    int ticks = 0;
    for (; IsRunning(); ++ticks) TicksFor(milliseconds(5));
    EXPECT_EQ(ticks, damaged ? 2 : 1);
    EXPECT_EQ(ByteOf(4, 40), 0);
  }
}

}  // namespace
}  // namespace soarm
