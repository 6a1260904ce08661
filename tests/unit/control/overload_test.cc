// What relieves an overloaded joint is let through; nothing else is.

#include <gtest/gtest.h>

#include "tests/unit/control/rig.h"

namespace soarm::control {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLift = 1;

// A follower whose shoulder presses against something at 0.2 rad and says so.
class OverloadTest : public testing::Test {
 protected:
  void SetUp() override {
    rig_.Enable();
    rig_.bus.joint(kLift).block_at_rad = 0.2;
    for (int i = 0; i < 50; ++i) Stream(kLift, 0.5);
    EXPECT_EQ(state_.groups[0].mode, Mode::kFollow) << "or this shows nothing";
    EXPECT_GT(rig_.Target(kLift), 0.2);
    Overload(true);
    EXPECT_EQ(state_.groups[0].mode, Mode::kHold);
  }

  // Until the next tick knows it.
  void SetFaults(std::uint32_t bits) {
    rig_.bus.joint(kLift).faults = bits;
    state_ = rig_.Tick(2);
  }
  void Overload(bool on) { SetFaults(on ? FaultSet::Bit(Fault::kOverload) : 0); }
  void Stream(std::size_t joint, double to_rad) {
    rig_.Post(rig_.Command(joint, to_rad));
    state_ = rig_.Tick();
  }

  Rig rig_;
  BusState state_;
};

TEST_F(OverloadTest, AStreamLeadsItAway) {
  Stream(kLift, 0.1);
  EXPECT_EQ(state_.groups[0].mode, Mode::kFollow);
  for (int i = 0; i < 50; ++i) Stream(kLift, 0.1);
  EXPECT_NEAR(rig_.Target(kLift), 0.1, 5e-3);
}

TEST_F(OverloadTest, WhatLeadsItAwayGoesOnWhereItsServoSaysSoUntilItsTorqueIsOff) {
  for (int i = 0; i < 100; ++i) {
    Stream(kLift, -0.3);
    ASSERT_EQ(state_.groups[0].mode, Mode::kFollow) << i;
  }
  EXPECT_NEAR(rig_.Target(kLift), -0.3, 5e-3);
  Stream(kLift, 0.5);
  EXPECT_EQ(rig_.Verdicts().back().verdict, VerdictKind::kHeld);
  state_ = rig_.TickFor(300ms);
  EXPECT_EQ(state_.groups[0].mode, Mode::kHold);
}

TEST_F(OverloadTest, AStreamThatPressesOnHolds) {
  Stream(kLift, 0.5);
  EXPECT_EQ(state_.groups[0].mode, Mode::kHold);
  EXPECT_EQ(state_.groups[0].cause, HoldCause::kFault);
  EXPECT_EQ(state_.groups[0].joint, kLift);
}

TEST_F(OverloadTest, AStreamThatPressesLessButHarderThanAHoldWouldHolds) {
  Stream(kLift, 0.25);
  EXPECT_EQ(state_.groups[0].mode, Mode::kHold);
  EXPECT_GT(rig_.Target(kLift), 0.25) << "or this shows nothing";
}

TEST_F(OverloadTest, AStreamToWhereItStandsGoesOn) {
  for (int i = 0; i < 100; ++i) Stream(kLift, 0.21);
  EXPECT_EQ(state_.groups[0].mode, Mode::kFollow);
  EXPECT_NEAR(rig_.Target(kLift), 0.21, 5e-3);
}

TEST_F(OverloadTest, AStreamForAnotherJointHolds) {
  Stream(0, 0.3);
  EXPECT_EQ(state_.groups[0].cause, HoldCause::kFault);
  EXPECT_EQ(state_.groups[0].joint, kLift);
}

TEST_F(OverloadTest, OtherJointsGoOnBesideOneThatIsLedAway) {
  Stream(kLift, 0.1);
  Stream(0, 0.3);
  EXPECT_EQ(state_.groups[0].mode, Mode::kFollow);
  const double before = rig_.Target(0);
  Stream(0, 0.3);
  EXPECT_GT(rig_.Target(0), before);
}

TEST_F(OverloadTest, TheNextOneHoldsAgain) {
  Stream(kLift, 0.1);
  Overload(false);
  Stream(kLift, 0.1);
  EXPECT_EQ(state_.groups[0].mode, Mode::kFollow);
  Overload(true);
  EXPECT_EQ(state_.groups[0].cause, HoldCause::kFault);
}

TEST_F(OverloadTest, AnotherFaultOfTheSameJointHolds) {
  SetFaults(FaultSet::Bit(Fault::kOverload) | FaultSet::Bit(Fault::kCurrentTrip));
  Stream(kLift, 0.1);
  EXPECT_EQ(state_.groups[0].cause, HoldCause::kFault);
}

TEST_F(OverloadTest, AMoveLeadsItAway) {
  EXPECT_EQ(rig_.Ask(rig_.Move(kLift, 0.1)).move.refusal, MoveRefusal::kNone);
  rig_.TickFor(3s);
  EXPECT_EQ(rig_.ports.moves[0].Load().phase, MovePhase::kDone);
  EXPECT_NEAR(rig_.Target(kLift), 0.1, 5e-3);
}

TEST_F(OverloadTest, AMoveThatPressesOnOrLeadsAnotherJointIsRefused) {
  for (const Request& request : {rig_.Move(kLift, 0.5), rig_.Move(0, 0.3)}) {
    const MoveAnswer answer = rig_.Ask(request).move;
    EXPECT_EQ(answer.refusal, MoveRefusal::kFault);
    EXPECT_EQ(answer.joint, kLift);
  }
}

TEST_F(OverloadTest, ItIsLedAwayBesideAGroupOfTheSameLeaseThatIsOverloadedToo) {
  rig_.grant().coupled = MaskOfGroup(0) | MaskOfGroup(7);
  rig_.authority.groups[7].ability = Ability::kStrained;
  Stream(kLift, 0.1);
  EXPECT_EQ(state_.groups[0].mode, Mode::kFollow);
  EXPECT_EQ(rig_.Ask(rig_.Move(kLift, 0.0)).move.refusal, MoveRefusal::kNone);
  Overload(false);  // and from then on it is held for the other's sake
  EXPECT_EQ(state_.groups[0].cause, HoldCause::kPeer);
  Stream(kLift, 0.1);
  EXPECT_EQ(state_.groups[0].mode, Mode::kHold);
}

TEST_F(OverloadTest, ItIsHeldBesideAGroupOfTheSameLeaseThatCannotFollow) {
  rig_.grant().coupled = MaskOfGroup(0) | MaskOfGroup(7);
  rig_.authority.groups[7].ability = Ability::kUnable;
  Stream(kLift, 0.1);
  EXPECT_EQ(state_.groups[0].mode, Mode::kHold);
  EXPECT_EQ(rig_.Ask(rig_.Move(kLift, 0.1)).move.refusal, MoveRefusal::kPeer);
}

TEST_F(OverloadTest, OthersOfItsLeaseAreToldWhatItCanDo) {
  const auto ability = [this] { return rig_.grant().ability.load(); };
  EXPECT_EQ(ability(), Ability::kStrained);
  SetFaults(FaultSet::Bit(Fault::kOverload) | FaultSet::Bit(Fault::kCurrentTrip));
  EXPECT_EQ(ability(), Ability::kUnable);
  SetFaults(0);
  EXPECT_EQ(ability(), Ability::kAble);
}

}  // namespace
}  // namespace soarm::control
