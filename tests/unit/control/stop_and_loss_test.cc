#include <gtest/gtest.h>

#include "tests/unit/control/rig.h"

namespace soarm::control {
namespace {

using namespace std::chrono_literals;

// Keeps commands for joint 0 coming for `span`.
BusState Drive(Rig& rig, double target, Nanos span) {
  for (Nanos at{}; at < span; at += Rig::kPeriod) {
    rig.grant().contact_ns = ToNanos(rig.clock.Now());
    rig.Post(rig.Command(0, target));
    rig.Tick();
  }
  return rig.ports.state.Load();
}

TEST(StopTest, HoldBringsADrivenArmToRestAndItsCommandsAreHeld) {
  Rig rig;
  rig.Enable();
  Drive(rig, 1.5, 200ms);
  rig.Stop(StopLevel::kHold);
  rig.Verdicts();
  const double at_stop = rig.Target(0);
  const BusState state = Drive(rig, 1.5, 500ms);
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kStopped);
  EXPECT_LT(state.joints[0].applied - at_stop, 0.16);  // v^2 / 2a
  for (const TickVerdict& record : rig.Verdicts()) EXPECT_EQ(record.verdict, VerdictKind::kHeld);
}

TEST(StopTest, SoftHoldReducesTheTorqueLimitAndTheNextCommandRestoresIt) {
  Rig rig;
  rig.Enable();
  rig.Stop(StopLevel::kSoftHold);
  EXPECT_EQ(rig.Tick(10).groups[0].mode, Mode::kSoftHold);
  EXPECT_EQ(rig.bus.joint(1).torque_fraction, 0.6);
  rig.Stop(StopLevel::kNone);
  EXPECT_EQ(rig.Tick(10).groups[0].mode, Mode::kSoftHold);
  Drive(rig, 0.1, 50ms);
  EXPECT_EQ(rig.bus.joint(1).torque_fraction, 1.0);
}

TEST(StopTest, ReleaseTakesTorqueOffAtOnceAndStaysLimpAfterTheClear) {
  Rig rig;
  rig.Enable();
  Drive(rig, 0.5, 100ms);
  rig.Stop(StopLevel::kRelease);
  BusState state = rig.Tick(2);
  EXPECT_EQ(state.groups[0].mode, Mode::kLimp);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_FALSE(rig.bus.joint(i).torque);
  state = Drive(rig, 0.5, 100ms);
  EXPECT_EQ(rig.bus.written_while_limp, 0);
  rig.Stop(StopLevel::kNone);
  state = Drive(rig, 0.5, 100ms);
  EXPECT_EQ(state.groups[0].mode, Mode::kLimp);
  EXPECT_EQ(rig.bus.written_while_limp, 0);
}

TEST(StopTest, ReleaseCutsShortAnEnableThatRuns) {
  Rig rig;
  rig.bus.operation_ticks = 20;
  rig.Tick(2);
  rig.Lease(1);
  Request request = rig.Of(RequestKind::kEnable);
  request.fence = 1;
  const auto slot = rig.ports.operations.Post(request);
  rig.Tick(3);
  rig.Stop(StopLevel::kRelease);
  rig.Tick();
  const auto reply = rig.ports.operations.Poll(*slot);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->outcome, Outcome::kStopped);
  rig.Tick(60);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_FALSE(rig.bus.joint(i).torque);
}

TEST(StopTest, AReleaseThatWasNotConfirmedIsRepeated) {
  Rig rig;
  rig.Enable();
  rig.bus.unconfirmed = true;
  rig.Stop(StopLevel::kRelease);
  rig.TickFor(300ms);
  const std::size_t tries = rig.bus.begun.size();
  EXPECT_GE(tries, 3u);
  rig.bus.unconfirmed = false;
  rig.TickFor(300ms);
  const std::size_t settled = rig.bus.begun.size();
  rig.TickFor(300ms);
  EXPECT_EQ(rig.bus.begun.size(), settled);
}

TEST(StopTest, ARepeatedReleaseLetsOtherGroupsWork) {
  Rig rig("lekiwi");
  rig.Tick(2);
  rig.bus.joint(8).silent = true;  // a wheel that is not there
  rig.authority.groups[1].stop = StopLevel::kRelease;
  rig.authority.groups[1].releases = 1;
  rig.TickFor(300ms);
  rig.authority.groups[1].stop = StopLevel::kNone;
  rig.Lease(1);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(rig.Ask(rig.Of(RequestKind::kEnable), 200).outcome, Outcome::kDone);
    rig.TickFor(70ms);
    EXPECT_EQ(rig.Ask(rig.Of(RequestKind::kRelease), 200).outcome, Outcome::kDone);
  }
}

TEST(StopTest, AReleaseReachesJointsThatNobodyHasReadYet) {
  Rig rig;
  for (std::size_t i = 0; i < 6; ++i) {
    rig.bus.joint(i).torque = true;
    rig.bus.joint(i).silent = true;
  }
  rig.Tick(2);
  ASSERT_EQ(rig.Tick().groups[0].mode, Mode::kUnknown);
  rig.Stop(StopLevel::kRelease);
  rig.Tick(3);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_FALSE(rig.bus.joint(i).torque);
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kUnknown) << "nothing is known of it all the same";
}

TEST(StopTest, EnableIsRefusedWhileReleaseStands) {
  Rig rig;
  rig.Tick(2);
  rig.Lease(1);
  rig.Stop(StopLevel::kRelease);
  rig.TickFor(100ms);
  EXPECT_EQ(rig.Ask(rig.Of(RequestKind::kEnable)).outcome, Outcome::kStopped);
}

TEST(StopTest, AStreamThatIsOlderThanTheClearStaysHeld) {
  Rig rig;
  rig.Enable();
  Drive(rig, 0.5, 100ms);
  rig.Stop(StopLevel::kHold);
  Drive(rig, 0.5, 50ms);
  rig.grant().first_stream = rig.stream + 1;  // as StopBoard::Clear() does
  rig.Stop(StopLevel::kNone);
  EXPECT_EQ(Drive(rig, 0.5, 50ms).groups[0].mode, Mode::kHold);
  rig.stream += 1;
  EXPECT_EQ(Drive(rig, 0.5, 50ms).groups[0].mode, Mode::kFollow);
}

TEST(LossTest, ALeaseThatRunsOutClimbsTheLadder) {
  Rig rig;
  rig.Enable();
  rig.Lease(2, 500ms);
  Drive(rig, 0.5, 400ms);
  BusState state = rig.TickFor(300ms);
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
  state = rig.TickFor(4500ms);
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kLeaseLost);
  state = rig.TickFor(400ms);
  EXPECT_EQ(state.groups[0].mode, Mode::kSoftHold);
  EXPECT_EQ(rig.bus.joint(0).torque_fraction, 0.6);
  state = rig.TickFor(10s);
  EXPECT_EQ(state.groups[0].mode, Mode::kSoftHold);  // and there it stays
}

TEST(LossTest, AHolderWhoRenewsButIsSilentKeepsItInHold) {
  Rig rig;
  rig.Enable();
  Drive(rig, 0.2, 100ms);
  for (int i = 0; i < 100; ++i) {
    rig.TickFor(100ms);
    rig.grant().contact_ns = ToNanos(rig.clock.Now());
  }
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kHold);
}

TEST(LossTest, AReleasedLeaseHoldsWithoutALadderUntilItIsUnattendedForLong) {
  ControlOptions options;
  options.unattended_hold = 20s;
  Rig rig("so101", options);
  rig.Enable();
  Drive(rig, 0.5, 100ms);
  rig.grant().released_fence = 1;
  rig.grant().fence = 0;
  BusState state = rig.Tick();
  EXPECT_EQ(state.groups[0].mode, Mode::kHold);
  EXPECT_EQ(state.groups[0].cause, HoldCause::kReleased);
  EXPECT_EQ(rig.TickFor(19s).groups[0].mode, Mode::kHold);
  EXPECT_EQ(rig.TickFor(2s).groups[0].mode, Mode::kSoftHold);
}

TEST(LossTest, TheEndOfItsStreamHoldsAtTheNextTick) {
  Rig rig;
  rig.Enable();
  Drive(rig, 0.5, 50ms);
  rig.authority.streams[rig.stream] = 0;
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kHold);
}

TEST(LossTest, ACommandWhoseStreamEndedBeforeItsTickDoesNotAct) {
  Rig rig;
  rig.Enable();
  rig.Verdicts();
  rig.Post(rig.Command(0, 0.5));
  rig.authority.streams[rig.stream] = 0;
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kHold);
  ASSERT_EQ(rig.Verdicts().size(), 1u);
  EXPECT_EQ(rig.Target(0), 0.0);
}

TEST(LossTest, AnotherStreamsFramesDoNotHideTheEndOfTheOneThatIsFollowed) {
  Rig rig;
  rig.Enable();
  Drive(rig, 0.5, 50ms);
  GroupCommand other = rig.Command(0, 0.5);
  other.stream = rig.stream + 1;
  other.not_after = rig.clock.Now() - 1ms;  // expired, but in the mailbox
  rig.Post(other);
  rig.authority.streams[rig.stream] = 0;
  EXPECT_EQ(rig.Tick().groups[0].mode, Mode::kHold);
}

TEST(LossTest, AnArmPushedAwayInHoldIsYieldedToSlowly) {
  Rig rig;
  rig.Enable();
  rig.bus.joint(1).block_at_rad = -0.6;  // somebody pushes it down
  rig.TickFor(200ms);
  EXPECT_NEAR(rig.Target(1), 0.0, 2e-3);
  rig.TickFor(3s);
  EXPECT_NEAR(rig.Target(1), -0.6 + kLeastLead_rad, 5e-3);
  EXPECT_LE(rig.bus.joint(1).fastest_rad_s, kDrawBack_rad_s + 1e-3);
}

}  // namespace
}  // namespace soarm::control
