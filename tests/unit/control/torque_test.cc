// Torque comes and goes for a cause, and as all or none.

#include <gtest/gtest.h>

#include "tests/unit/control/rig.h"

namespace soarm::control {
namespace {

using namespace std::chrono_literals;

TEST(TorqueTest, TorqueThatSomebodyElseSwitchedOnShowsAsHold) {
  Rig rig;
  rig.Tick(5);
  rig.bus.SetTorque(true);
  const BusState state = rig.Tick(3);
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kAdopted);
}

TEST(TorqueTest, AnArmIsLimpWhenAllJointsAreThatAreHeard) {
  Rig rig;
  rig.Enable();
  rig.bus.joint(2).silent = true;  // and may hold on for ever
  rig.TickFor(200ms);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kHold);
  for (std::size_t i = 0; i < 6; ++i) rig.bus.joint(i).torque = i == 2;
  rig.TickFor(100ms);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kLimp);
  rig.bus.joint(2).silent = false;
  rig.Tick(2);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kHold) << "it is found as it is";
}

TEST(TorqueTest, AWheelThatFellSilentGoesOnBeingToldToStop) {
  Rig rig("lekiwi");
  ASSERT_EQ(rig.EnableBase().outcome, Outcome::kDone);
  rig.bus.joint(7).silent = true;
  for (std::size_t i = 6; i < 9; ++i) rig.bus.joint(i).torque = i == 7;
  rig.TickFor(100ms);
  EXPECT_NE(rig.Tick().groups[1].mode, Mode::kLimp);
  for (std::size_t i = 0; i < 9; ++i) rig.bus.joint(i).silent = true;
  rig.TickFor(100ms);
  EXPECT_NE(rig.Tick().groups[1].mode, Mode::kLimp) << "nothing is known to have changed";
}

TEST(TorqueTest, AnEnableWhoseLeaseEndsIsUndone) {
  Rig rig;
  const std::size_t slot = rig.BeginEnable(14);
  EXPECT_TRUE(rig.bus.joint(0).torque) << "the first part is through";
  rig.grant().fence = 0;
  rig.Tick(30);
  const auto reply = rig.ports.operations.Poll(slot);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->outcome, Outcome::kFenced);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_FALSE(rig.bus.joint(i).torque);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kLimp);
}

TEST(TorqueTest, AnEnableWhoseCallerWentAwayIsUndone) {
  Rig rig;
  const std::size_t slot = rig.BeginEnable(4);
  ASSERT_EQ(rig.ports.operations.Abandon(slot), OperationQueue::Abandoned::kTaken);
  rig.Tick(40);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_FALSE(rig.bus.joint(i).torque);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kLimp);
}

TEST(TorqueTest, AnEnableThatAFrozenDaemonEndsWaitsForNewsOfItsCaller) {
  Rig rig;
  const std::size_t slot = rig.BeginEnable(17);
  rig.clock.Advance(300ms);
  rig.Tick(8);
  EXPECT_TRUE(rig.bus.joint(5).torque) << "the last part is through";
  EXPECT_FALSE(rig.ports.operations.Poll(slot));
  ASSERT_EQ(rig.ports.operations.Abandon(slot),
            OperationQueue::Abandoned::kTaken);  // what happened in the freeze is heard now
  rig.Tick(40);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_FALSE(rig.bus.joint(i).torque) << i;
}

TEST(TorqueTest, AnEnableThatAFrozenDaemonEndsIsAnsweredALittleLater) {
  Rig rig;
  const std::size_t slot = rig.BeginEnable(17);
  rig.clock.Advance(300ms);
  rig.Tick(50);
  const auto reply = rig.ports.operations.Poll(slot);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->outcome, Outcome::kDone);
  EXPECT_TRUE(rig.bus.joint(5).torque);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kHold);
}

TEST(TorqueTest, WhatAnEnableEnergisedWhoseBusWasLostIsReleasedWhenItIsBack) {
  Rig rig;
  const std::size_t slot = rig.BeginEnable(14);
  EXPECT_TRUE(rig.bus.joint(0).torque) << "the first part is through";
  rig.bus.present = false;
  rig.Tick(2);
  const auto reply = rig.ports.operations.Poll(slot);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->outcome, Outcome::kNotOpen);
  rig.bus.present = true;
  rig.TickFor(800ms);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_FALSE(rig.bus.joint(i).torque);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kLimp);
}

TEST(TorqueTest, AReleaseThatWasNotConfirmedOutlivesTheBusItWasTriedOn) {
  Rig rig;
  rig.Enable();
  rig.bus.unconfirmed = true;
  EXPECT_EQ(rig.Ask(rig.Of(RequestKind::kRelease)).outcome, Outcome::kBus);
  rig.bus.present = false;
  rig.Tick(2);
  rig.bus.unconfirmed = false;
  for (std::size_t i = 0; i < 6; ++i) rig.bus.joint(i).torque = true;  // it never got there
  rig.bus.present = true;
  rig.TickFor(800ms);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_FALSE(rig.bus.joint(i).torque);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kLimp);
}

TEST(TorqueTest, WhatIsFoundLimpOnTheNextBusIsNotReleasedWhenAnotherProgramEnablesIt) {
  Rig rig;
  rig.Enable();
  rig.bus.unconfirmed = true;
  rig.Ask(rig.Of(RequestKind::kRelease));
  rig.bus.present = false;
  rig.Tick(2);
  rig.bus.unconfirmed = false;
  rig.bus.present = true;
  rig.TickFor(800ms);
  ASSERT_EQ(rig.Tick().groups[0].mode, Mode::kLimp);
  for (std::size_t i = 0; i < 6; ++i) rig.bus.joint(i).torque = true;
  rig.TickFor(800ms);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_TRUE(rig.bus.joint(i).torque);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kHold);
}

TEST(TorqueTest, AnEnableThatAStopOfAnotherGroupInterruptsIsUndoneWithAllItsParts) {
  Rig rig("lekiwi");
  rig.BeginEnable(14);
  ASSERT_TRUE(rig.bus.joint(0).torque) << "the first part is through";
  ASSERT_FALSE(rig.bus.joint(5).torque);
  rig.authority.groups[1].stop = StopLevel::kRelease;
  rig.authority.groups[1].releases.fetch_add(1);
  rig.Tick(40);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_FALSE(rig.bus.joint(i).torque) << i;
}

TEST(TorqueTest, ALimpEndIsConfirmedOnlyOnceEveryGroupIsLimp) {
  Rig rig("lekiwi");
  rig.Enable();
  ASSERT_EQ(rig.EnableBase().outcome, Outcome::kDone);
  rig.bus.operation_ticks = 10;
  const auto slot = rig.ports.operations.Post([&] {
    Request release = rig.Of(RequestKind::kRelease);
    release.fence = 1;
    return release;
  }());
  ASSERT_TRUE(slot);
  rig.Tick(2);
  rig.End(EndState::kLimp);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_FALSE(rig.bus.joint(i).torque) << i;
}

TEST(TorqueTest, AnEnableThatTheOrderlyEndFindsIsUndone) {
  Rig rig;
  rig.BeginEnable(4);
  rig.End(EndState::kHold);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_FALSE(rig.bus.joint(i).torque);
}

TEST(TorqueTest, AReleaseThatWasTakenBackAtOnceIsCarriedOutAllTheSame) {
  Rig rig;
  rig.Enable();
  rig.grant().releases.fetch_add(1);  // asserted and cleared between two ticks
  rig.Tick(20);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_FALSE(rig.bus.joint(i).torque);
  const BusState state = rig.Tick();
  EXPECT_EQ(state.groups[0].mode, Mode::kLimp);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kNone) << "no stop stands";
  EXPECT_EQ(rig.Ask(rig.Of(RequestKind::kEnable)).outcome, Outcome::kDone);
  rig.Tick(20);
  EXPECT_TRUE(rig.bus.joint(0).torque) << "once is enough";
}

TEST(TorqueTest, AReleaseThatWasTakenBackWaitsForTheBusButNotForEver) {
  for (const Nanos away : {2s, 4s}) {
    Rig rig;
    rig.Enable();
    rig.bus.present = false;
    rig.Tick();
    rig.grant().releases.fetch_add(1);  // asserted and cleared while there is no bus
    rig.TickFor(away);
    rig.bus.present = true;
    rig.TickFor(1s);
    EXPECT_EQ(rig.bus.joint(0).torque, away > 3s) << ToSeconds(away);
  }
}

TEST(TorqueTest, AReleaseEndsAnEnableThatNoTickHasBegunEvenWhenItWasTakenBackAtOnce) {
  Rig rig;
  rig.Tick(2);
  rig.Lease(1);
  Request enable = rig.Of(RequestKind::kEnable);
  enable.fence = 1;
  const auto slot = rig.ports.operations.Post(enable);
  rig.grant().releases.fetch_add(1);
  rig.Tick(40);
  const auto reply = rig.ports.operations.Poll(*slot);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->outcome, Outcome::kStopped);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_FALSE(rig.bus.joint(i).torque);
}

TEST(TorqueTest, JointsWhoseFaultWasClearedArePreparedAnewBeforeTheyAreDriven) {
  Rig rig;
  rig.Enable();
  rig.bus.joint(2).faults = FaultSet::Bit(Fault::kGoalMismatch);
  rig.Tick(2);
  Request clear = rig.Of(RequestKind::kClearFault);
  clear.joints = MaskOf(2);
  EXPECT_EQ(rig.Ask(clear).outcome, Outcome::kDone);
  EXPECT_EQ(rig.Ask(rig.Move(2, 0.2)).move.refusal, MoveRefusal::kUnprepared);
  rig.Tick(20);
  ASSERT_FALSE(rig.bus.begun.empty());
  EXPECT_EQ(rig.bus.begun.back().kind, BusOperation::kPrepareTorque);
  EXPECT_EQ(rig.bus.begun.back().joints, MaskOf(2));
  EXPECT_EQ(rig.Ask(rig.Move(2, 0.2)).move.refusal, MoveRefusal::kNone);
}

TEST(TorqueTest, AFaultThatNoClearEndsIsNamed) {
  Rig rig;
  rig.Enable();
  rig.bus.joint(2).standing_faults = FaultSet::Bit(Fault::kDuplicateId);
  rig.bus.joint(3).faults = FaultSet::Bit(Fault::kGoalMismatch);
  rig.Tick(2);
  const Reply reply = rig.Ask(rig.Of(RequestKind::kClearFault));
  ASSERT_EQ(reply.outcome, Outcome::kBus);
  EXPECT_EQ(reply.bus.refusal, BusRefusal::kFaultStands);
  EXPECT_EQ(reply.bus.joint, 2);
  EXPECT_EQ(reply.bus.faults.bits, FaultSet::Bit(Fault::kDuplicateId));
  rig.TickFor(2s);
  EXPECT_FALSE(rig.Tick().joints[3].sample.faults.Any()) << "what a clear ends is ended";
}

TEST(TorqueTest, NoClearIsDoneWhileAnyFaultStandsButWarningsAndWhatItEndsItself) {
  for (int i = 0; i < kFaultCount; ++i) {
    const auto fault = static_cast<Fault>(i);
    Rig rig;
    rig.Enable();
    rig.bus.joint(2).standing_faults = FaultSet::Bit(fault);
    rig.Tick(2);
    const Reply reply = rig.Ask(rig.Of(RequestKind::kClearFault));
    const bool no_matter = fault == Fault::kHot || fault == Fault::kUnlocked ||
                           fault == Fault::kUnprepared || fault == Fault::kNoTorque ||
                           fault == Fault::kOverCurrent || fault == Fault::kNoReply;
    EXPECT_EQ(reply.outcome, no_matter ? Outcome::kDone : Outcome::kBus) << FaultName(fault);
    if (no_matter) continue;
    EXPECT_EQ(reply.bus.refusal, BusRefusal::kFaultStands) << FaultName(fault);
    EXPECT_EQ(reply.bus.faults.bits, FaultSet::Bit(fault)) << FaultName(fault);
  }
}

TEST(TorqueTest, APartThatCannotBePreparedKeepsNoOtherUnprepared) {
  Rig rig;
  rig.BeginEnable(40);
  rig.bus.joint(0).refuse_enable = true;
  for (std::size_t i : {0, 5}) rig.bus.joint(i).faults = FaultSet::Bit(Fault::kGoalMismatch);
  rig.Tick(2);
  Request clear = rig.Of(RequestKind::kClearFault);
  clear.joints = MaskOf(0) | MaskOf(5);
  ASSERT_EQ(rig.Ask(clear).outcome, Outcome::kDone);
  rig.TickFor(2s);
  const BusState state = rig.Tick();
  EXPECT_TRUE(state.joints[0].sample.faults.Has(Fault::kUnprepared));
  EXPECT_FALSE(state.joints[5].sample.faults.Has(Fault::kUnprepared));
  rig.bus.joint(0).refuse_enable = false;
  rig.TickFor(2s);
  EXPECT_EQ(rig.Ask(rig.Move(0, 0.2)).move.refusal, MoveRefusal::kNone);
}

}  // namespace
}  // namespace soarm::control
