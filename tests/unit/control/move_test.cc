#include <gtest/gtest.h>

#include "tests/unit/control/rig.h"

namespace soarm::control {
namespace {

using namespace std::chrono_literals;

Request MoveTwo(Rig& rig, double first, double second) {
  Request request = rig.Move(0, first);
  request.goal.joints |= MaskOf(1);
  request.goal.target_rad[1] = second;
  return request;
}

TEST(MoveTest, JointsArriveTogetherAndTheMoveEndsInHold) {
  Rig rig;
  rig.Enable();
  const Request request = MoveTwo(rig, 1.2, -0.1);
  ASSERT_EQ(rig.Ask(request).outcome, Outcome::kDone);
  EXPECT_EQ(rig.ports.state.Load().groups[0].mode, Mode::kMove);
  int arrived[2] = {0, 0};
  for (int tick = 1; tick < 400; ++tick) {
    rig.Tick();
    if (arrived[0] == 0 && std::abs(rig.Target(0) - 1.2) < 1e-6) arrived[0] = tick;
    if (arrived[1] == 0 && std::abs(rig.Target(1) + 0.1) < 1e-6) arrived[1] = tick;
  }
  EXPECT_GT(arrived[0], 0);
  EXPECT_NEAR(arrived[0], arrived[1], 1);
  const BusState state = rig.ports.state.Load();
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kMoveDone);
  EXPECT_EQ(rig.ports.moves[0].Load().phase, MovePhase::kDone);
  EXPECT_EQ(rig.ports.moves[0].Load().id, request.move);
  EXPECT_LE(rig.bus.joint(0).fastest_rad_s, 3.0 + 1e-6);
}

TEST(MoveTest, TakesAsLongAsItsPlan) {
  Rig rig;
  rig.Enable();
  Request request = rig.Move(0, 1.0);
  request.goal.min_duration_s = 2.0;
  rig.Ask(request);
  rig.TickFor(1950ms);
  EXPECT_GT(std::abs(rig.Target(0) - 1.0), 1e-6);
  rig.TickFor(60ms);
  EXPECT_NEAR(rig.Target(0), 1.0, 1e-6);
}

TEST(MoveTest, ACancelledMoveComesToRestWithinTheLimits) {
  Rig rig;
  rig.Enable();
  const Request request = rig.Move(0, 1.5);
  rig.Ask(request);
  rig.TickFor(300ms);
  const double at_cancel = rig.Target(0);
  Request cancel = rig.Of(RequestKind::kCancelMove);
  cancel.move = request.move;
  EXPECT_EQ(rig.Ask(cancel).outcome, Outcome::kDone);
  const GroupState group = rig.TickFor(500ms).groups[0];
  EXPECT_EQ(group.mode, Mode::kHold);
  EXPECT_EQ(group.cause, HoldCause::kMoveCancelled) << "it did not get where it was to";
  EXPECT_LT(rig.Target(0) - at_cancel, 0.18);
  EXPECT_EQ(rig.ports.moves[0].Load().phase, MovePhase::kCancelled);
  EXPECT_EQ(rig.Ask(cancel).outcome, Outcome::kNoSuchMove);
}

TEST(MoveTest, OneThatBeginsAfterAPauseSetsOutFromWhereTheJointsCameToStand) {
  Rig rig;
  rig.Enable();
  rig.Post(rig.Command(0, 1.5));
  rig.TickFor(150ms);
  const double target = rig.Target(0);
  ASSERT_GT(target, 0.05);
  rig.clock.Advance(700ms);  // no tick runs: the joint comes to its goal and stands there
  ASSERT_EQ(rig.Ask(rig.Move(1, 0.3)).outcome, Outcome::kDone);
  rig.TickFor(2s);
  EXPECT_NEAR(rig.Target(0), target, kRadPerTick);
  EXPECT_NEAR(rig.Target(1), 0.3, 1e-6);
}

TEST(MoveTest, NoneBeginsOnceTheEndHasBegun) {
  Rig rig;
  rig.Enable();
  rig.core->BeginEnd(EndState::kHold);
  EXPECT_EQ(rig.Ask(rig.Move(0, 1.0)).outcome, Outcome::kStopped);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kHold);
}

TEST(MoveTest, TargetsOutsideTheLimitsAreRefusedByNameBeforeAnythingMoves) {
  Rig rig;
  rig.Enable();
  for (const double target : {3.5, std::nan("")}) {
    const Reply reply = rig.Ask(rig.Move(2, target));
    EXPECT_EQ(reply.outcome, Outcome::kMove);
    EXPECT_EQ(reply.move.refusal, MoveRefusal::kOutsideRange);
    EXPECT_EQ(reply.move.joint, 2);
  }
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kHold);
}

TEST(MoveTest, ALimpOrStoppedGroupRefusesIt) {
  Rig rig;
  rig.Tick(2);
  rig.Lease(1);
  EXPECT_EQ(rig.Ask(rig.Move(0, 0.5)).move.refusal, MoveRefusal::kNotTorqued);
  rig.Enable();
  rig.Stop(StopLevel::kHold);
  EXPECT_EQ(rig.Ask(rig.Move(0, 0.5)).move.refusal, MoveRefusal::kStopped);
}

TEST(MoveTest, AStopEndsItEvenWhenItWasClearedBetweenTwoTicks) {
  Rig rig;
  rig.Enable();
  rig.Ask(rig.Move(0, 1.5));
  rig.TickFor(100ms);
  rig.grant().stops.fetch_add(1);  // asserted and cleared
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kHold);
  EXPECT_EQ(rig.ports.moves[0].Load().phase, MovePhase::kStopped);
}

TEST(MoveTest, AStopEndsAMoveThatNoTickHasBegunEvenWhenItWasClearedAtOnce) {
  Rig rig;
  rig.Enable();
  Request move = rig.Move(0, 1.5);
  move.fence = 1;
  const auto slot = rig.ports.operations.Post(move);
  rig.grant().stops.fetch_add(1);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kHold);
  const auto reply = rig.ports.operations.Poll(*slot);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->move.refusal, MoveRefusal::kStopped);
}

TEST(MoveTest, ItEndsWithItsLease) {
  Rig rig;
  rig.Enable();
  rig.Lease(1, 200ms);
  rig.Ask(rig.Move(0, 1.5));
  rig.TickFor(300ms);
  EXPECT_EQ(rig.ports.moves[0].Load().phase, MovePhase::kLeaseLost);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kHold);
}

TEST(MoveTest, AStreamedCommandInterruptsIt) {
  Rig rig;
  rig.Enable();
  rig.Ask(rig.Move(0, 1.5));
  rig.TickFor(100ms);
  rig.Post(rig.Command(0, 0.0));
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kFollow);
  EXPECT_EQ(rig.ports.moves[0].Load().phase, MovePhase::kInterrupted);
}

TEST(MoveTest, ABlockedJointEndsItAndIsNamed) {
  Rig rig;
  rig.Enable();
  rig.bus.joint(1).block_at_rad = 0.2;
  rig.Ask(MoveTwo(rig, 0.1, 1.5));
  EXPECT_EQ(rig.TickFor(6s).groups[0].cause, HoldCause::kMoveBlocked);
  EXPECT_EQ(rig.ports.moves[0].Load().phase, MovePhase::kBlocked);
  EXPECT_EQ(rig.ports.moves[0].Load().joint, 1);
  EXPECT_LT(rig.Target(1), 0.2 + kSag_rad + 5e-3);
}

TEST(MoveTest, AJointThatFallsSilentEndsItAndItsFaultIsKept) {
  Rig rig;
  rig.Enable();
  rig.Ask(MoveTwo(rig, 1.0, 1.0));
  rig.bus.joint(1).silent = true;
  rig.TickFor(200ms);
  rig.bus.joint(1).silent = false;
  rig.TickFor(1s);
  const MoveState move = rig.ports.moves[0].Load();
  EXPECT_EQ(move.phase, MovePhase::kFault);
  EXPECT_EQ(move.joint, 1);
  EXPECT_TRUE(move.faults.Has(Fault::kNoReply));
}

TEST(MoveTest, AJointThatIsKeptAShortWayFromItsTargetHasNotArrived) {
  Rig rig;
  rig.Enable();
  rig.bus.joint(1).block_at_rad = 0.2;
  rig.Ask(rig.Move(1, 0.3));
  EXPECT_EQ(rig.TickFor(6s).groups[0].cause, HoldCause::kMoveBlocked);
  EXPECT_EQ(rig.ports.moves[0].Load().phase, MovePhase::kBlocked);
  EXPECT_EQ(rig.ports.moves[0].Load().joint, 1);
  EXPECT_NEAR(rig.ports.moves[0].Load().short_rad, 0.1, 0.01);
}

TEST(MoveTest, ASoftJointThatSagsUnderItsLoadHasArrived) {
  Rig rig;
  rig.bus.model(1).give = 2;
  rig.Enable();
  rig.bus.joint(1).block_at_rad = 0.2;
  rig.Ask(rig.Move(1, 0.3));
  rig.TickFor(6s);
  EXPECT_EQ(rig.ports.moves[0].Load().phase, MovePhase::kDone);
}

TEST(MoveTest, AGripperPressesNoHarderThanItsServoTakesForAStall) {
  Rig rig;
  rig.Enable();
  rig.bus.joint(5).block_at_rad = 0.6;
  rig.bus.joint(5).overload_drive_rad = 0.04;
  rig.Ask(rig.Move(5, 1.2));
  rig.TickFor(6s);
  EXPECT_EQ(rig.ports.moves[0].Load().phase, MovePhase::kBlocked);
  EXPECT_NEAR(rig.Target(5), 0.64, 0.005) << "and no less, as it grips";
}

TEST(MoveTest, AnOverloadedGripperHoldsOnlyItself) {
  Rig rig;
  rig.Enable();
  rig.bus.joint(5).faults = FaultSet::Bit(Fault::kOverload);
  rig.Tick(2);
  EXPECT_EQ(rig.Ask(rig.Move(0, 0.3)).move.refusal, MoveRefusal::kNone);
  rig.TickFor(3s);
  EXPECT_EQ(rig.ports.moves[0].Load().phase, MovePhase::kDone);
}

TEST(MoveTest, JointsThatWaitForASlowOneAreNotDrawnBack) {
  Rig rig;
  rig.Enable();
  rig.bus.joint(1).block_at_rad = 0.2;
  rig.Ask(MoveTwo(rig, 1.5, 1.5));
  double furthest = 0;
  for (int i = 0; i < 300; ++i) {
    rig.Tick();
    EXPECT_GE(rig.Target(0), furthest - kRadPerTick);
    furthest = std::max(furthest, rig.Target(0));
  }
  EXPECT_GT(furthest, 0.2);
}

TEST(MoveTest, TheSpeedScaleSlowsAMoveThatRuns) {
  Rig rig;
  rig.Enable();
  rig.Ask(rig.Move(0, 1.5));
  rig.TickFor(200ms);
  rig.grant().speed_scale = 0.1;
  rig.TickFor(400ms);
  const double before = rig.Target(0);
  rig.TickFor(100ms);
  EXPECT_LT(rig.Target(0) - before, 0.04);
  EXPECT_GT(rig.Target(0) - before, 0.01);
}

TEST(MoveTest, TheSpeedScaleZeroPausesAMove) {
  Rig rig;
  rig.Enable();
  rig.Ask(rig.Move(0, 1.0));
  rig.TickFor(200ms);
  rig.grant().speed_scale = 0.0;
  rig.TickFor(400ms);
  const double paused = rig.Target(0);
  rig.TickFor(1s);
  EXPECT_EQ(rig.Target(0), paused);
  rig.grant().speed_scale = 1.0;
  rig.TickFor(4s);
  EXPECT_NEAR(rig.Target(0), 1.0, 1e-3);
}

}  // namespace
}  // namespace soarm::control
