// A group's reason tells the present.

#include <gtest/gtest.h>

#include "tests/unit/control/rig.h"

namespace soarm::control {
namespace {

using namespace std::chrono_literals;

TEST(ReasonsTest, AFaultThatIsGoneIsNoLongerTheReason) {
  Rig rig;
  rig.Enable();
  rig.bus.joint(1).faults = FaultSet::Bit(Fault::kOverload);
  BusState state = rig.Tick(3);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kFault);
  EXPECT_EQ(state.groups[0].joint, 1);
  rig.bus.joint(1).faults = 0;
  state = rig.Tick(3);
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
  EXPECT_NE(state.groups[0].cause, HoldCause::kFault);
}

TEST(ReasonsTest, ALeaderWithOneJointUnderTorqueIsHeldAsFound) {
  Rig rig("so101_leader");
  rig.bus.joint(1).torque = true;
  const BusState state = rig.Tick(5);
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kAdopted) << "its other joints are not faulty";
}

TEST(ReasonsTest, ALeaseLostUnderAStopClimbsTheLadderOnceTheStopIsCleared) {
  Rig rig;
  rig.Enable();
  rig.Lease(2, 500ms);
  rig.Stop(StopLevel::kHold);
  rig.TickFor(1s);
  EXPECT_EQ(rig.Tick().groups[0].cause, HoldCause::kStopped);
  rig.Stop(StopLevel::kNone);
  EXPECT_EQ(rig.Tick().groups[0].cause, HoldCause::kLeaseLost);
  EXPECT_EQ(rig.TickFor(6s).groups[0].mode, Mode::kSoftHold);
}

TEST(ReasonsTest, TheFirstMoveAfterTakingOverIsNotEndedByTheLeaseBefore) {
  Rig rig;
  rig.Enable();
  rig.Tick(3);
  rig.Lease(2);  // taken over between two ticks, together with the move
  EXPECT_EQ(rig.Ask(rig.Move(0, 0.3)).move.refusal, MoveRefusal::kNone);
  rig.Tick(3);
  EXPECT_EQ(rig.core->is_open(), true);
  EXPECT_EQ(rig.ports.moves[0].Load().phase, MovePhase::kRunning);
  EXPECT_EQ(rig.ports.state.Load().groups[0].mode, Mode::kMove);
}

TEST(ReasonsTest, AGroupHeldForAnotherOfItsLeaseNamesNoJointOfItsOwn) {
  Rig rig;
  rig.Enable();
  rig.authority.groups[3].ability = Ability::kUnable;  // of another bus
  rig.grant().coupled = MaskOfGroup(0) | MaskOfGroup(3);
  EXPECT_EQ(rig.Ask(rig.Move(0, 0.3)).move.refusal, MoveRefusal::kPeer);
  rig.authority.groups[3].ability = Ability::kAble;
  EXPECT_EQ(rig.Ask(rig.Move(0, 0.3)).move.refusal, MoveRefusal::kNone);
  rig.Tick(3);
  rig.authority.groups[3].ability = Ability::kUnable;
  BusState state = rig.Tick(2);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kPeer);
  EXPECT_EQ(rig.ports.moves[0].Load().phase, MovePhase::kPeer);
  rig.authority.groups[3].ability = Ability::kAble;
  state = rig.Tick(2);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kNone);
}

TEST(ReasonsTest, AMoveDoesWhatItsScaleSaysFromItsFirstTickOn) {
  Rig rig;
  rig.Enable();
  rig.grant().speed_scale = 0;
  EXPECT_EQ(rig.Ask(rig.Move(0, 1.0)).move.refusal, MoveRefusal::kNone);
  const BusState state = rig.TickFor(3s);
  EXPECT_EQ(state.groups[0].mode, Mode::kMove) << "held, not blocked";
  EXPECT_NEAR(state.joints[0].applied, 0, kRadPerTick);
  rig.grant().speed_scale = 0.02;
  rig.bus.joint(0).fastest_rad_s = 0;
  rig.TickFor(2s);
  EXPECT_LE(rig.bus.joint(0).fastest_rad_s, 0.02 * 3.0 * 1.3);
}

TEST(ReasonsTest, AMoveThatWouldLastForTooLongIsRefusedWithItsDuration) {
  Rig rig;
  rig.Enable();
  const MoveAnswer slow = rig.Ask(rig.Move(0, 1.0, 1e-3)).move;
  EXPECT_EQ(slow.refusal, MoveRefusal::kNone);
  EXPECT_NEAR(rig.ports.moves[0].Load().duration_s, 1.0 / (0.95 * 3e-3), 1.0);
  for (const double scale : {1e-6, 5e-324}) {
    const MoveAnswer never = rig.Ask(rig.Move(0, 1.0, scale)).move;
    EXPECT_EQ(never.refusal, MoveRefusal::kTooSlow);
    EXPECT_GT(never.duration_s, kLongestMove_s);
  }
}

}  // namespace
}  // namespace soarm::control
