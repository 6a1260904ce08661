#include "server/control/cycle_core.h"

#include <gtest/gtest.h>

#include "tests/unit/control/rig.h"

namespace soarm::control {
namespace {

using namespace std::chrono_literals;

TEST(CycleCoreTest, LimpServosStayLimpAndGetNoGoals) {
  Rig rig;
  const BusState state = rig.Tick(20);
  EXPECT_TRUE(state.open);
  EXPECT_EQ(state.groups[0].mode, Mode::kLimp);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(rig.bus.joint(i).writes, 0);
}

TEST(CycleCoreTest, TorquedServosAreAdoptedAtTheirOwnGoalWithoutAWrite) {
  Rig rig;
  for (std::size_t i = 0; i < 6; ++i) rig.bus.joint(i).sag_rad = 0.03;
  rig.bus.SetTorque(true);
  const BusState state = rig.Tick(20);
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kAdopted);
  EXPECT_NEAR(state.joints[1].applied, 0.03, kRadPerTick);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(rig.bus.joint(i).writes, 0);
}

TEST(CycleCoreTest, AGoalFarFromThePositionIsReplacedByTheMeasuredPose) {
  Rig rig;
  rig.bus.SetTorque(true);
  rig.bus.joint(2).block_at_rad = 0;
  rig.bus.joint(2).goal = 0.5;  // blocked short of an old goal
  const BusState state = rig.Tick(3);
  EXPECT_NEAR(state.joints[2].applied, 0.0, kRadPerTick);
  EXPECT_NEAR(rig.bus.joint(2).goal, 0.0, kRadPerTick);
}

TEST(CycleCoreTest, EnableHoldsWhereTheArmIs) {
  Rig rig;
  for (std::size_t i = 0; i < 6; ++i) rig.bus.joint(i).position_rad = 0.1 * static_cast<double>(i);
  rig.Tick(2);
  rig.Lease(1);
  EXPECT_EQ(rig.Ask(rig.Of(RequestKind::kEnable)).outcome, Outcome::kDone);
  const BusState state = rig.Tick();
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kTorqueOn);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(rig.bus.joint(i).position_rad, 0.1 * static_cast<double>(i), 1e-3);
  }
}

}  // namespace
}  // namespace soarm::control
