#include <gtest/gtest.h>

#include "tests/unit/control/rig.h"

namespace soarm::control {
namespace {

using namespace std::chrono_literals;

TEST(FollowTest, AFreshCommandOfTheHolderIsFollowedAndReported) {
  Rig rig;
  rig.Enable();
  rig.Post(rig.Command(0, 0.01));
  BusState state = rig.Tick();
  EXPECT_EQ(state.groups[0].mode, Mode::kFollow);
  EXPECT_EQ(state.groups[0].command_sequence, 1u);
  EXPECT_EQ(state.joints[0].requested, 0.01);
  const auto verdicts = rig.Verdicts();
  ASSERT_EQ(verdicts.size(), 1u);
  EXPECT_EQ(verdicts[0].verdict, VerdictKind::kApplied);
  EXPECT_EQ(verdicts[0].first_sequence, 1u);
  state = rig.Tick(30);
  EXPECT_NEAR(rig.bus.joint(0).position_rad, 0.01, 3e-3);
}

TEST(FollowTest, ATargetSixtyDegreesAwayIsRampedToWithinTheLimits) {
  Rig rig;
  rig.Enable();
  const double far = 60 * kRadPerDeg;
  for (int i = 0; i < 300; ++i) {
    rig.Post(rig.Command(1, far));
    rig.Tick();
  }
  EXPECT_NEAR(rig.bus.joint(1).position_rad, far, 5e-3);
  EXPECT_LE(rig.bus.joint(1).fastest_rad_s, 3.0 + 1e-6);
  EXPECT_EQ(rig.Verdicts().at(0).verdict, VerdictKind::kClipped);
}

TEST(FollowTest, JointsThatACommandDoesNotNameStay) {
  Rig rig;
  for (std::size_t i = 0; i < 6; ++i) rig.bus.joint(i).position_rad = 0.2;
  rig.Enable();
  rig.Post(rig.Command(0, 0.3));
  rig.Tick(20);
  for (std::size_t i = 1; i < 6; ++i) EXPECT_NEAR(rig.bus.joint(i).position_rad, 0.2, 2e-3);
}

TEST(FollowTest, ItsExpiryHoldsAndTheTargetComesToRest) {
  Rig rig;
  rig.Enable();
  rig.Post(rig.Command(0, 2.0));  // valid for 200 ms
  EXPECT_EQ(rig.TickFor(195ms).groups[0].mode, Mode::kFollow);
  const BusState state = rig.TickFor(15ms);
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kExpired);
  rig.TickFor(110ms);
  const double rest = rig.Target(0);
  rig.TickFor(1s);
  EXPECT_EQ(rig.Target(0), rest);
}

TEST(FollowTest, ACommandThatIsTooOldOnArrivalIsNotExecuted) {
  Rig rig;
  rig.Enable();
  GroupCommand command = rig.Command(0, 0.5);
  command.not_after = rig.clock.Now() - 1ns;
  rig.Post(command);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kHold);
  EXPECT_EQ(rig.Verdicts().at(0).verdict, VerdictKind::kExpired);
}

TEST(FollowTest, SilenceHoldsAfterTheLaddersFirstStepWhateverTheValidity) {
  Rig rig;
  rig.Enable();
  rig.TickFor(1s);
  GroupCommand command = rig.Command(0, 0.5);
  command.not_after = rig.clock.Now() + 500ms;
  rig.Post(command);
  EXPECT_EQ(rig.TickFor(250ms).groups[0].mode, Mode::kFollow);
  EXPECT_EQ(rig.TickFor(10ms).groups[0].mode, Mode::kHold);
}

TEST(FollowTest, OldFencesAndOtherEpochsAreFenced) {
  Rig rig;
  rig.Enable();
  rig.Lease(2);
  GroupCommand old_fence = rig.Command(0, 0.5);
  old_fence.fence = 1;
  rig.Post(old_fence);
  rig.Tick();
  GroupCommand old_epoch = rig.Command(0, 0.5);
  old_epoch.epoch = 3;
  rig.Post(old_epoch);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kHold);
  const auto verdicts = rig.Verdicts();
  ASSERT_EQ(verdicts.size(), 2u);
  EXPECT_EQ(verdicts[0].verdict, VerdictKind::kFenced);
  EXPECT_EQ(verdicts[1].verdict, VerdictKind::kFenced);
}

TEST(FollowTest, NotANumberIsRejectedAndTheArmGoesOn) {
  Rig rig;
  rig.Enable();
  rig.Post(rig.Command(0, 0.2));
  rig.Tick();
  rig.Post(rig.Command(0, std::nan("")));
  const BusState state = rig.Tick();
  EXPECT_EQ(state.groups[0].mode, Mode::kFollow);
  EXPECT_EQ(state.joints[0].requested, 0.2);
  const auto verdicts = rig.Verdicts();
  EXPECT_EQ(verdicts.at(1).verdict, VerdictKind::kRejected);
}

TEST(FollowTest, ALimpGroupHoldsCommandsUntilItHasTorque) {
  Rig rig;
  rig.Tick(2);
  rig.Lease(1);
  rig.Post(rig.Command(0, 0.2));
  rig.Tick();
  EXPECT_EQ(rig.Verdicts().at(0).verdict, VerdictKind::kHeld) << "nothing is wrong with it";
  EXPECT_EQ(rig.bus.joint(0).writes, 0);
  rig.Post(rig.Command(6, 0.2));
  rig.Tick();
  EXPECT_EQ(rig.Verdicts().at(0).verdict, VerdictKind::kRejected) << "no joint of the group";
}

TEST(FollowTest, AReplacedCommandNeverReachesTheTick) {
  Rig rig;
  rig.Enable();
  rig.Verdicts();
  rig.Post(rig.Command(0, 0.02));
  rig.Post(rig.Command(0, 0.03));
  rig.Tick();
  const auto verdicts = rig.Verdicts();
  ASSERT_EQ(verdicts.size(), 1u);
  EXPECT_EQ(verdicts[0].first_sequence, 2u);
  EXPECT_EQ(verdicts[0].last_sequence, 2u);
}

TEST(FollowTest, ATakeoverFreezesTheTargetAndRampsToTheNewcomer) {
  Rig rig;
  rig.Enable();
  for (int i = 0; i < 60; ++i) {
    rig.Post(rig.Command(0, 1.0));
    rig.Tick();
  }
  rig.Lease(2);
  BusState state = rig.Tick();
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kLeaseLost);
  for (int i = 0; i < 300; ++i) {
    rig.Post(rig.Command(0, -1.0));
    rig.Tick();
  }
  EXPECT_NEAR(rig.bus.joint(0).position_rad, -1.0, 5e-3);
  EXPECT_LE(rig.bus.joint(0).fastest_rad_s, 3.0 + 1e-6);
}

TEST(FollowTest, AHundredHoldAndFollowCyclesUnderGravityDoNotDrift) {
  Rig rig;
  for (std::size_t i = 0; i < 6; ++i) {
    rig.bus.joint(i).position_rad = 0.4;
    rig.bus.joint(i).sag_rad = i == 5 ? 0 : 0.09;
  }
  rig.Enable();
  rig.TickFor(500ms);
  const double before = rig.bus.joint(1).position_rad;
  for (int i = 0; i < 100; ++i) {
    // Another joint is commanded; then silence until HOLD.
    rig.Post(rig.Command(0, rig.Target(0)));
    EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kFollow);
    EXPECT_EQ(rig.TickFor(260ms).groups[0].mode, Mode::kHold);
  }
  EXPECT_NEAR(rig.bus.joint(1).position_rad, before, 2 * kRadPerTick);
}

TEST(FollowTest, AGripperClosedOnABlockSqueezesByTheGripMarginAndKeepsIt) {
  Rig rig;
  rig.Enable();
  rig.bus.joint(5).block_at_rad = 0.3;
  for (int i = 0; i < 300; ++i) {
    rig.Post(rig.Command(5, 1.5));
    rig.Tick();
  }
  EXPECT_NEAR(rig.Target(5), 0.3 + kGripMargin_rad, 5e-3);
  EXPECT_EQ(rig.TickFor(2s).groups[0].mode, Mode::kHold);
  EXPECT_NEAR(rig.Target(5), 0.3 + kGripMargin_rad, 5e-3);
}

TEST(FollowTest, UnchangedGoalsInHoldAreNotRewritten) {
  Rig rig;
  rig.Enable();
  rig.Post(rig.Command(0, 0.1));
  rig.TickFor(1s);
  const int before = rig.bus.joint(0).writes;
  rig.TickFor(1s);
  EXPECT_EQ(rig.bus.joint(0).writes, before);
}

TEST(FollowTest, AGoalThatNeverReachedTheServoIsNotPursuedInHold) {
  Rig rig;
  rig.Enable();
  rig.Post(rig.Command(0, 0.1));
  rig.TickFor(1s);
  rig.bus.joint(0).goal = 0.05;  // the last goals never arrived
  rig.TickFor(20ms);
  EXPECT_EQ(rig.bus.joint(0).goal, 0.05) << "nobody commands anything now";
  EXPECT_NEAR(rig.Target(0), 0.05, kRadPerTick);
  EXPECT_EQ(rig.ports.state.Load().groups[0].mode, Mode::kHold);
}

TEST(FollowTest, WhatCouldNotBeWrittenIsNotMadeUpForWhenItCanAgain) {
  for (const bool stopped : {false, true}) {
    Rig rig;
    rig.Enable();
    const auto drive = [&rig](int ticks) {
      for (int i = 0; i < ticks; ++i) {
        rig.grant().contact_ns = ToNanos(rig.clock.Now());
        rig.Post(rig.Command(0, 1.5));
        rig.Tick();
      }
    };
    drive(60);
    rig.bus.joint(0).barred = true;
    const double goal = rig.bus.joint(0).goal;
    drive(100);
    EXPECT_NEAR(rig.Target(0), goal, kRadPerTick);
    if (stopped) rig.Stop(StopLevel::kHold);
    rig.Tick(100);
    rig.bus.joint(0).barred = false;
    rig.bus.joint(0).fastest_rad_s = 0;
    rig.Tick(100);
    EXPECT_NEAR(rig.bus.joint(0).goal, goal, kRadPerTick) << "coming back is no command";
    if (stopped) continue;
    drive(100);
    EXPECT_LE(rig.bus.joint(0).fastest_rad_s, 3.0 + 1e-6);
    EXPECT_GT(rig.bus.joint(0).goal, goal + 0.5);
  }
}

TEST(FollowTest, WheelsRampToATwistAndBackToZeroWhenItExpires) {
  Rig rig("lekiwi");
  ASSERT_EQ(rig.EnableBase().outcome, Outcome::kDone);
  rig.Post(rig.Command(7, 2.0), 1);
  EXPECT_EQ(rig.Tick().groups[1].mode, Mode::kFollow);
  EXPECT_NEAR(rig.bus.joint(7).goal, 15.0 * 0.005, 1e-9);
  rig.TickFor(180ms);
  EXPECT_EQ(rig.bus.joint(7).goal, 2.0);
  EXPECT_EQ(rig.TickFor(400ms).groups[1].mode, Mode::kHold);
  EXPECT_EQ(rig.bus.joint(7).goal, 0.0);
  EXPECT_TRUE(rig.bus.joint(7).torque);
}

TEST(FollowTest, AWheelWhoseGoalsAreBarredIsStoppedAllTheSame) {
  Rig rig("lekiwi");
  ASSERT_EQ(rig.EnableBase().outcome, Outcome::kDone);
  rig.Post(rig.Command(7, 2.0), 1);
  rig.TickFor(150ms);
  ASSERT_GT(rig.bus.joint(7).goal, 1.0) << "or there is nothing to show";
  rig.bus.joint(7).barred = true;
  const BusState state = rig.TickFor(1s);
  EXPECT_EQ(state.groups[1].mode, Mode::kHold);
  EXPECT_EQ(state.joints[7].applied, 0.0);
  EXPECT_EQ(rig.bus.joint(7).goal, 0.0);
}

TEST(FollowTest, ACommandForOtherJointsDoesNotProlongAnEarlierOne) {
  Rig rig("lekiwi");
  ASSERT_EQ(rig.EnableBase().outcome, Outcome::kDone);
  rig.Post(rig.Command(7, 2.0), 1);
  rig.TickFor(150ms);
  EXPECT_EQ(rig.bus.joint(7).goal, 2.0);
  for (int i = 0; i < 100; ++i) {  // only the next wheel is told to go on
    rig.authority.groups[1].contact_ns = ToNanos(rig.clock.Now());
    rig.Post(rig.Command(8, 1.0), 1);
    rig.Tick();
  }
  EXPECT_EQ(rig.ports.state.Load().groups[1].mode, Mode::kFollow);
  EXPECT_EQ(rig.bus.joint(8).goal, 1.0);
  EXPECT_EQ(rig.bus.joint(7).goal, 0.0);
}

TEST(FollowTest, ARequiredJointStaleFor50MsHoldsTheGroupAndIsNamed) {
  Rig rig;
  rig.Enable();
  const auto drive = [&](int ticks) {
    for (int i = 0; i < ticks; ++i) {
      rig.Post(rig.Command(0, 0.5));
      rig.Tick();
    }
  };
  drive(10);
  rig.bus.joint(2).silent = true;
  drive(10);
  EXPECT_EQ(rig.ports.state.Load().groups[0].mode, Mode::kFollow);
  drive(3);
  const BusState state = rig.ports.state.Load();
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kFault);
  EXPECT_EQ(state.groups[0].joint, 2);
  EXPECT_EQ(rig.grant().ability, Ability::kUnable);
}

TEST(FollowTest, ALateTickOfOursDoesNotLookLikeASilentServo) {
  Rig rig;
  rig.Enable();
  rig.Post(rig.Command(0, 0.5));
  rig.Tick();
  rig.clock.Advance(100ms);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kFollow);
}

TEST(FollowTest, ATorqueThatWentAwayHoldsTheRestAndIsNeverPutBackByAGoal) {
  Rig rig;
  rig.Enable();
  rig.Post(rig.Command(3, 0.5));
  rig.Tick(10);
  rig.bus.joint(3).tripped = true;
  rig.Tick();
  const int before = rig.bus.joint(3).writes;
  rig.Post(rig.Command(3, 0.6));
  const BusState state = rig.Tick(5);
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kFault);
  EXPECT_EQ(state.groups[0].joint, 3);
  EXPECT_EQ(rig.bus.joint(3).writes, before);
}

TEST(FollowTest, AFaultBitHoldsTheGroup) {
  Rig rig;
  rig.Enable();
  rig.Post(rig.Command(0, 0.5));
  rig.Tick(3);
  rig.bus.joint(1).faults = FaultSet::Bit(Fault::kOverload);
  const BusState state = rig.Tick(2);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kFault);
  EXPECT_EQ(state.groups[0].joint, 1);
}

TEST(FollowTest, AGroupLeasedTogetherWithOneThatCannotFollowHoldsInTheSameTick) {
  Rig rig;
  rig.Enable();
  rig.grant().coupled = MaskOfGroup(0) | MaskOfGroup(7);
  rig.authority.groups[7].ability = Ability::kAble;
  rig.Post(rig.Command(0, 0.5));
  EXPECT_EQ(rig.Tick(3).groups[0].mode, Mode::kFollow);
  rig.authority.groups[7].ability = Ability::kUnable;
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kHold);
}

TEST(FollowTest, TheSpeedScaleSlowsAStream) {
  Rig rig;
  rig.Enable();
  rig.grant().speed_scale = 0.2;
  for (int i = 0; i < 100; ++i) {
    rig.Post(rig.Command(0, 1.5));
    rig.Tick();
  }
  EXPECT_LE(rig.bus.joint(0).fastest_rad_s, 0.6 + 1e-6);
  EXPECT_GT(rig.bus.joint(0).position_rad, 0.2);
}

TEST(FollowTest, PeriodsThatAreSkippedAreNotTakenFromARamp) {
  const auto target_after = [](Nanos between) {
    Rig rig;
    rig.Enable();
    rig.Post(rig.Command(0, 1.5));
    const MonoTime until = rig.clock.Now() + 120ms;
    while (rig.clock.Now() < until) {
      rig.Tick();
      rig.clock.Advance(between - Rig::kPeriod);
    }
    return rig.Target(0);
  };
  const double at_full_rate = target_after(Rig::kPeriod);
  EXPECT_GT(at_full_rate, 0.1);
  EXPECT_NEAR(target_after(3 * Rig::kPeriod), at_full_rate, 0.04);
}

TEST(FollowTest, AWheelThatSlowsDownIsNotCalledBackToAGoalThatItsServoHasStill) {
  Rig rig("lekiwi");
  ASSERT_EQ(rig.EnableBase().outcome, Outcome::kDone);
  rig.Post(rig.Command(6, 4.0), 1);
  rig.TickFor(190ms);
  ASSERT_GT(rig.Target(6), 2.0);
  rig.bus.joint(6).barred = true;  // nothing that is sent arrives
  for (int i = 0; i < 4; ++i) {
    rig.Post(rig.Command(6, 0.0), 1);
    rig.TickFor(100ms);
  }
  EXPECT_EQ(rig.Target(6), 0.0);
}

}  // namespace
}  // namespace soarm::control
