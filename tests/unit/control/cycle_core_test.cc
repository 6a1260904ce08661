#include "server/control/cycle_core.h"

#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "tests/unit/control/rig.h"

namespace soarm::control {
namespace {

using namespace std::chrono_literals;

TEST(CycleCoreTest, GroupsAreThereBeforeTheFirstTick) {
  Rig rig("lekiwi");
  const BusState state = rig.ports.state.Load();
  ASSERT_EQ(state.groups.size(), 2u);
  EXPECT_EQ(state.groups[0].mode, Mode::kUnknown);
  EXPECT_FALSE(state.open);
}

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

TEST(CycleCoreTest, AJointHeldBackFromItsGoalIsAdoptedAtThatGoal) {
  Rig rig;
  rig.bus.SetTorque(true);
  rig.bus.joint(2).block_at_rad = 0;
  rig.bus.joint(2).goal = 0.15;  // blocked short of an old goal
  const BusState state = rig.Tick(3);
  EXPECT_NEAR(state.joints[2].applied, 0.15, kRadPerTick);
  EXPECT_EQ(rig.bus.joint(2).writes, 0);
  rig.TickFor(3s);
  EXPECT_EQ(rig.bus.joint(2).writes, 0) << "it may carry a load";
}

TEST(CycleCoreTest, AJointHeldBackFurtherThanByALoadIsAdoptedAndYields) {
  Rig rig;
  rig.bus.SetTorque(true);
  rig.bus.joint(2).block_at_rad = 0;
  rig.bus.joint(2).goal = 0.5;
  const BusState state = rig.Tick(3);
  EXPECT_NEAR(state.joints[2].applied, 0.5, kRadPerTick);
  EXPECT_EQ(rig.bus.joint(2).writes, 0);
  rig.TickFor(3s);
  EXPECT_LT(rig.bus.joint(2).goal, 0.1);
}

TEST(CycleCoreTest, AJointThatSetsOutForAFarGoalOfAnotherProgramIsHeldWhereItIs) {
  Rig rig;
  rig.bus.SetTorque(true);
  rig.bus.joint(2).block_at_rad = 0;  // not under way yet
  rig.bus.joint(2).goal = 1.5;
  rig.Tick(3);
  rig.bus.joint(2).block_at_rad = 1e9;
  rig.TickFor(2s);
  EXPECT_GT(rig.bus.joint(2).writes, 0);
  EXPECT_LT(rig.bus.joint(2).goal, 0.5);
}

TEST(CycleCoreTest, AWeakJointInMotionIsAdoptedWhereItIsHeardNotWhereAnOpeningReadIt) {
  Rig rig;
  rig.bus.SetTorque(true);
  FakeBus::Joint& joint = rig.bus.joint(2);
  joint.goal = 1.5;
  rig.bus.lag_s = 0.3;
  joint.full_drive_rad = 0.02;
  joint.opening_read = {.position_rad = 0, .velocity_rad_s = 1};
  joint.silent = true;
  rig.TickFor(100ms);
  EXPECT_EQ(joint.writes, 0);
  const double went_rad = joint.position_rad;
  EXPECT_GT(went_rad, 0.3);
  joint.silent = false;
  rig.TickFor(2s);
  EXPECT_GT(joint.writes, 0);
  EXPECT_GE(joint.goal, went_rad);
}

TEST(CycleCoreTest, JointsFoundUnderTorqueAreDrivenOnlyOncePrepared) {
  Rig rig;
  rig.bus.SetTorque(true);
  rig.bus.joint(3).refuse_enable = true;
  BusState state = rig.Tick(40);
  rig.Lease(1);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kAdopted);
  EXPECT_TRUE(state.joints[3].sample.faults.Has(Fault::kUnprepared));
  const Reply reply = rig.Ask(rig.Move(0, 0.5));
  EXPECT_EQ(reply.move.refusal, MoveRefusal::kUnprepared);
  EXPECT_EQ(reply.move.why.refusal, BusRefusal::kServoFault);
  EXPECT_EQ(reply.move.joint, 3);
  rig.Verdicts();
  rig.Post(rig.Command(0, 0.5));
  rig.Tick();
  EXPECT_EQ(rig.Verdicts().back().verdict, VerdictKind::kHeld);
  rig.bus.joint(3).refuse_enable = false;
  state = rig.Tick(200);  // it is tried again by itself
  EXPECT_FALSE(state.joints[3].sample.faults.Has(Fault::kUnprepared));
  EXPECT_EQ(rig.bus.joint(3).torque_fraction, 1.0);
  EXPECT_EQ(rig.Ask(rig.Move(0, 0.5)).move.refusal, MoveRefusal::kNone);
}

TEST(CycleCoreTest, JointsFoundLimpBesideOthersUnderTorqueAreNamedUntilAllHaveIt) {
  Rig rig;
  for (const int j : {0, 1, 2}) rig.bus.joint(j).torque = true;
  BusState state = rig.Tick(40);
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kFault);
  for (int j = 0; j < 6; ++j) {
    EXPECT_EQ(state.joints[j].sample.faults.Has(Fault::kNoTorque), j > 2) << j;
    EXPECT_EQ(rig.bus.joint(j).torque, j < 3) << "neither dropped nor energised by itself";
  }
  rig.Lease(1);
  rig.Enable();
  state = rig.Tick(40);
  for (int j = 0; j < 6; ++j) EXPECT_FALSE(state.joints[j].sample.faults.Any()) << j;
  EXPECT_NE(state.groups[0].cause, HoldCause::kFault);
}

TEST(CycleCoreTest, WheelsFoundTurningGetSpeedZeroFirst) {
  Rig rig("lekiwi");
  for (std::size_t i = 6; i < 9; ++i) {
    rig.bus.joint(i).torque = true;
    rig.bus.joint(i).goal = 2.0;
  }
  rig.Tick(2);
  for (std::size_t i = 6; i < 9; ++i) EXPECT_EQ(rig.bus.joint(i).goal, 0.0);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kLimp);
  EXPECT_EQ(rig.Tick().groups[1].mode, Mode::kHold);
}

TEST(CycleCoreTest, ALeaderIsNeverWrittenTo) {
  Rig rig("so101_leader");
  rig.bus.SetTorque(true);
  rig.bus.joint(0).goal = 1.0;
  rig.Stop(StopLevel::kRelease);
  rig.Tick(20);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(rig.bus.joint(i).writes, 0);
  EXPECT_TRUE(rig.bus.begun.empty());
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
    EXPECT_NEAR(rig.bus.joint(i).position_rad, 0.1 * static_cast<double>(i), 2e-3);
  }
}

TEST(CycleCoreTest, ARefusedEnableNamesTheJointAndLeavesTheArmLimp) {
  Rig rig;
  rig.bus.joint(3).refuse_enable = true;
  rig.Tick(2);
  rig.Lease(1);
  const Reply reply = rig.Ask(rig.Of(RequestKind::kEnable));
  EXPECT_EQ(reply.outcome, Outcome::kBus);
  EXPECT_EQ(reply.bus.refusal, BusRefusal::kServoFault);
  EXPECT_EQ(reply.bus.joint, 3);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kLimp);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_FALSE(rig.bus.joint(i).torque);
}

TEST(CycleCoreTest, JointsWithTheirOwnTorqueLimitAreEnabledWithItAndUndoneTogether) {
  Rig rig;
  rig.model.limits[5].torque_fraction = 0.5;
  rig.core.emplace(rig.model, GroupId{0}, rig.options, rig.bus, rig.authority, rig.ports,
                   rig.clock);
  rig.Enable();
  EXPECT_EQ(rig.bus.joint(0).torque_fraction, 1.0);
  EXPECT_EQ(rig.bus.joint(5).torque_fraction, 0.5);
  rig.Ask(rig.Of(RequestKind::kRelease));
  rig.bus.joint(5).refuse_enable = true;
  EXPECT_EQ(rig.Ask(rig.Of(RequestKind::kEnable)).bus.joint, 5);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kLimp);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_FALSE(rig.bus.joint(i).torque);
}

TEST(CycleCoreTest, OperationsNeedTheCurrentLease) {
  Rig rig;
  rig.Tick(2);
  rig.Lease(2);
  Request request = rig.Of(RequestKind::kEnable);
  request.fence = 1;
  EXPECT_EQ(rig.Ask(request).outcome, Outcome::kFenced);
  EXPECT_TRUE(rig.bus.begun.empty());
}

TEST(CycleCoreTest, ALostBusIsPublishedReopenedAndAdoptedWithoutMotion) {
  Rig rig;
  rig.authority.newest_stream = rig.stream;
  rig.Enable();
  rig.Post(rig.Command(0, 0.3));
  rig.Tick(10);
  rig.bus.present = false;
  BusState state = rig.Tick();
  EXPECT_FALSE(state.open);
  EXPECT_EQ(state.groups[0].mode, Mode::kUnknown);
  state = rig.TickFor(1s);
  EXPECT_EQ(rig.bus.opens, 1);
  EXPECT_FALSE(rig.core->open_status().ok());
  rig.bus.present = true;

  const double before = rig.bus.joint(0).goal;
  for (int i = 0; i < 100; ++i) {
    rig.Post(rig.Command(0, 1.0));  // the old stream goes on as if nothing had been
    rig.Tick();
  }
  state = rig.Tick();
  EXPECT_EQ(state.opens, 2u);
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
  EXPECT_NEAR(rig.bus.joint(0).goal, before, kRadPerTick);
}

TEST(CycleCoreTest, AStreamFromBeforeTheLossIsHeldAndANewOneFollowed) {
  Rig rig;
  rig.authority.newest_stream = rig.stream;
  rig.Enable();
  rig.bus.present = false;
  rig.Tick();
  rig.bus.present = true;
  rig.TickFor(300ms);
  rig.Verdicts();
  rig.Post(rig.Command(0, 0.2));
  rig.Tick();
  EXPECT_EQ(rig.Verdicts().at(0).verdict, VerdictKind::kHeld);
  rig.stream = 6;
  rig.Post(rig.Command(0, 0.2));
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kFollow);
}

TEST(CycleCoreTest, AProcessThatStoodStillDoesNotFinishTheMotionItWasIn) {
  Rig rig;
  rig.Enable();
  for (int i = 0; i < 40; ++i) {
    rig.Post(rig.Command(0, 1.0));
    rig.Tick();
  }
  const double goal = rig.bus.joint(0).goal;
  ASSERT_GT(goal, 0.1);
  rig.clock.Advance(1s);  // no tick runs; the joint has long been at its goal
  rig.Tick(50);
  EXPECT_NEAR(rig.bus.joint(0).goal, goal, kRadPerTick);
}

TEST(CycleCoreTest, AnEndThatASuspendFallsIntoUndoesAnEnable) {
  Rig rig;
  rig.BeginEnable(14);
  ASSERT_TRUE(rig.bus.joint(0).torque);
  rig.clock.Suspend(1h);
  rig.End(EndState::kHold);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_FALSE(rig.bus.joint(i).torque);
}

TEST(CycleCoreTest, ASuspendOpensTheBusAnewAndEndsWhatWasAskedBefore) {
  Rig rig;
  rig.authority.newest_stream = rig.stream;
  rig.Enable();
  rig.Post(rig.Command(0, 0.3));
  rig.Tick(10);
  rig.Post(rig.Command(0, 1.0));  // valid for 200 ms of a clock that now stands still
  rig.clock.Suspend(1h);
  const double before = rig.bus.joint(0).goal;
  BusState state = rig.Tick();
  EXPECT_FALSE(state.open);
  EXPECT_EQ(ProblemOf(rig.core->open_status()).reason, "SUSPENDED");
  state = rig.Tick(2);
  EXPECT_EQ(state.opens, 2U);
  for (const TickVerdict& record : rig.Verdicts()) EXPECT_NE(record.verdict, VerdictKind::kApplied);
  for (int i = 0; i < 100; ++i) {
    rig.Post(rig.Command(0, 1.0));
    state = rig.Tick();
  }
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
  EXPECT_TRUE(rig.bus.joint(0).torque);
  EXPECT_NEAR(rig.bus.joint(0).goal, before, kRadPerTick);
  for (const TickVerdict& record : rig.Verdicts()) EXPECT_EQ(record.verdict, VerdictKind::kHeld);
  EXPECT_EQ(state.opens, 2U) << "once";
}

TEST(CycleCoreTest, AServoWhoseSettingsChangedHasTheBusReadAnew) {
  Rig rig;
  rig.Enable();
  rig.TickFor(2s);
  rig.bus.reopen = true;
  BusState state = rig.Tick();
  EXPECT_FALSE(state.open);
  EXPECT_EQ(ProblemOf(rig.core->open_status()).reason, "BUS_REOPENING");
  rig.bus.reopen = false;
  state = rig.Tick(3);
  EXPECT_EQ(state.opens, 2U);
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
}

TEST(CycleCoreTest, ABusThatIsNotThereAnswersRequestsAndIsTriedEvery200Ms) {
  Rig rig;
  rig.bus.present = false;
  rig.Lease(1);
  EXPECT_EQ(rig.Ask(rig.Of(RequestKind::kEnable)).outcome, Outcome::kNotOpen);
  rig.TickFor(1s);
  rig.bus.present = true;
  rig.TickFor(200ms);
  EXPECT_EQ(rig.Tick(2).groups[0].mode, Mode::kLimp);
}

TEST(CycleCoreTest, ASilentJointDoesNotKeepTheOthersFromBeingAdopted) {
  Rig rig;
  rig.bus.SetTorque(true);
  rig.bus.joint(4).silent = true;
  EXPECT_EQ(rig.TickFor(200ms).groups[0].mode, Mode::kUnknown);
  const BusState state = rig.TickFor(100ms);
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kFault);
  EXPECT_EQ(state.groups[0].joint, 4);
  EXPECT_GT(state.answers_missed, 0u);
}

TEST(CycleCoreTest, TheOrderlyEndReleasesAndConfirms) {
  Rig rig;
  rig.Enable();
  rig.End(EndState::kLimp);
  EXPECT_TRUE(rig.core->is_release_confirmed());
  for (std::size_t i = 0; i < 6; ++i) EXPECT_FALSE(rig.bus.joint(i).torque);
}

TEST(CycleCoreTest, AnEndThatCouldNotBeReadBackIsNotConfirmed) {
  Rig rig;
  rig.Enable();
  rig.bus.unconfirmed = true;
  rig.End(EndState::kLimp);
  EXPECT_FALSE(rig.core->is_release_confirmed());
}

TEST(CycleCoreTest, EndingInHoldWritesNothingMore) {
  Rig rig;
  rig.Enable();
  rig.Tick(20);
  const int before = rig.bus.joint(0).writes;
  rig.core->BeginEnd(EndState::kHold);
  EXPECT_TRUE(rig.core->IsEnded());
  rig.core->Close();
  EXPECT_EQ(rig.bus.joint(0).writes, before);
  EXPECT_TRUE(rig.bus.joint(0).torque);
}

TEST(CycleCoreTest, EndingInHoldBringsWheelsToRestFirst) {
  Rig rig("lekiwi");
  ASSERT_EQ(rig.EnableBase().outcome, Outcome::kDone);
  rig.Post(rig.Command(7, 2.0), 1);
  rig.TickFor(100ms);
  ASSERT_GT(rig.bus.joint(7).goal, 1.0);
  rig.core->BeginEnd(EndState::kHold);
  EXPECT_FALSE(rig.core->IsEnded());
  int ticks = 0;
  while (!rig.core->IsEnded() && ++ticks < 100) {
    rig.Post(rig.Command(7, 2.0), 1);
    rig.Tick();
  }
  EXPECT_LT(ticks, 100);
  EXPECT_EQ(rig.bus.joint(7).goal, 0.0);
}

}  // namespace
}  // namespace soarm::control
