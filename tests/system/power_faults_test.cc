#include <cmath>
#include <set>

#include <gmock/gmock.h>

#include "common/base/problem.h"
#include "tests/system/fault_rig.h"
#include "tests/system/goal_log.h"

namespace soarm::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::uint32_t kPan = 1;
constexpr char kPanName[] = "shoulder_pan";
constexpr char kPanSubject[] = "arm/shoulder_pan";

class PowerFaultTest : public FaultTest {
 protected:
  void SetSupply(double volts) {
    sim::SetSupplyRequest supply;
    supply.set_voltage_v(volts);
    Do(kSetSupply, supply);
  }
  bool ShowsLostTorque(std::uint32_t servo) {
    return ShowsFault(servo, "REBOOTED") || ShowsFault(servo, "TORQUE_LOST");
  }
};

TEST_F(PowerFaultTest, AServoThatRestartsStaysFreeOfTorqueUntilItIsEnabledAgain) {
  StartDaemon();
  ASSERT_TRUE(Energised());
  const std::int64_t since_ns = TruthOf(world()).time_ns();
  sim::PowerCycleRequest cycle;
  cycle.set_servo(kPan);
  Do(kPowerCycle, cycle);
  EXPECT_TRUE(Eventually([&] { return HoldsForFault(kPanName); }));
  EXPECT_TRUE(Eventually([&] { return ShowsLostTorque(kPan); }));
  EXPECT_THAT(FixOf(kPanSubject, "REBOOTED") + FixOf(kPanSubject, "TORQUE_LOST"), Not(IsEmpty()));
  EXPECT_TRUE(daemon_->WaitForFreshJoints(6));
  EXPECT_EQ(ProblemOf(MoveTo(kPanName, 0.4)).reason, "FAULT");
  EXPECT_TRUE(WorldWentOn(std::chrono::milliseconds(300), [&] {
    EXPECT_FALSE(TruthOfServo(kPan).torque_on());
    EXPECT_FALSE(Joint(kPan).torque_on());
  }));
  for (const auto& [id, servo] : ServosOf(world())) EXPECT_EQ(servo.torque_on(), id != kPan) << id;
  for (const GoalWritten& goal : GoalsSince(world(), since_ns)) EXPECT_NE(goal.servo, int{kPan});
  const absl::Status cleared = ClearFault(kPanName);
  EXPECT_TRUE(cleared.ok()) << cleared;
  EXPECT_FALSE(TruthOfServo(kPan).torque_on()) << "clearing is not enabling";
  EXPECT_TRUE(Eventually([&] { return !ShowsLostTorque(kPan); }));
  const absl::Status enabled = EnableTorque();
  EXPECT_TRUE(enabled.ok()) << enabled;
  EXPECT_TRUE(TruthOfServo(kPan).torque_on());
  EXPECT_TRUE(Eventually([&] { return ShowsNoFault(); }));
  ExpectMoves(kPanName, kPan, 0.4);
}

TEST_F(PowerFaultTest, ABrownOutLeavesTheArmLimpAndItIsEnabledAgain) {
  StartDaemon();
  ASSERT_TRUE(Energised());
  Do(kBrownOut, sim::BrownOutRequest());
  EXPECT_TRUE(Eventually([&] { return Arm().mode() == v1::LIMP; }));
  EXPECT_EQ(Arm().mode_reason(), "FAULT");
  EXPECT_TRUE(daemon_->WaitForFreshJoints(6));
  for (std::uint32_t servo = 1; servo <= 6; ++servo) {
    EXPECT_TRUE(Eventually([&] { return ShowsLostTorque(servo); })) << servo;
  }
  EXPECT_THAT(FixOf(kPanSubject, "REBOOTED"), HasSubstr("brown-out"));
  for (const auto& [id, servo] : ServosOf(world())) EXPECT_FALSE(servo.torque_on()) << id;
  const absl::Status enabled = EnableTorque();
  EXPECT_TRUE(enabled.ok()) << enabled;
  EXPECT_EQ(Arm().mode(), v1::HOLD);
  for (const auto& [id, servo] : ServosOf(world())) EXPECT_TRUE(servo.torque_on()) << id;
  EXPECT_TRUE(Eventually([&] { return ShowsNoFault(); }));
  ExpectMoves(kPanName, kPan, 0.4);
}

TEST_F(PowerFaultTest, TooHighASupplyIsNamedAndTorqueRefused) {
  StartDaemon();
  ASSERT_TRUE(Energised());
  EXPECT_TRUE(ReleaseTorque().ok());
  for (const double volts : {15.0, 3.8}) {  // servos take 4.0 V to 14.0 V
    SetSupply(volts);
    for (std::uint32_t servo = 1; servo <= 6; ++servo) {
      EXPECT_TRUE(Eventually([&] { return ShowsFault(servo, "SUPPLY_VOLTAGE"); })) << servo;
    }
    EXPECT_THAT(FixOf(kPanSubject, "SUPPLY_VOLTAGE"), HasSubstr("power supply"));
    EXPECT_TRUE(Eventually([&] { return std::abs(Joint(kPan).voltage_v() - volts) < 0.15; }));
    const absl::Status refused = EnableTorque();
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << refused;
    EXPECT_THAT(ProblemOf(refused).reason, testing::StartsWith("SUPPLY")) << refused;
    EXPECT_THAT(ProblemOf(refused).fix, HasSubstr("supply"));
    for (const auto& [id, servo] : ServosOf(world())) EXPECT_FALSE(servo.torque_on()) << id;
  }
  SetSupply(12.0);
  EXPECT_TRUE(Eventually([&] { return ShowsNoFault() && Joint(kPan).voltage_v() < 12.5; }));
  const absl::Status enabled = EnableTorque();
  EXPECT_TRUE(enabled.ok()) << enabled;
  ExpectMoves(kPanName, kPan, 0.4);
}

TEST_F(PowerFaultTest, TooHighASupplyUnderTorqueIsNamedAndNothingFalls) {
  StartDaemon();
  ASSERT_TRUE(Energised());
  SetSupply(15.0);
  EXPECT_TRUE(Eventually([&] { return ShowsFault(kPan, "SUPPLY_VOLTAGE"); }));
  for (const auto& [id, servo] : ServosOf(world())) EXPECT_TRUE(servo.torque_on()) << id;
  EXPECT_EQ(Arm().mode(), v1::HOLD);
  SetSupply(12.0);
  EXPECT_TRUE(Eventually([&] { return ShowsNoFault(); }));
  ExpectMoves(kPanName, kPan, 0.4);
}

TEST_F(PowerFaultTest, AnOverloadedJointIsNamedAndClearedOnceItIsFree) {
  // Overload comes after 0.2 s above 40 % instead of 2 s above 80 %, to be ahead of over-current.
  WriteByte(kPan, 35, 20);
  WriteByte(kPan, 36, 40);
  StartDaemon();
  ASSERT_TRUE(Energised());
  Block(kPan, 0.05);
  EXPECT_EQ(ProblemOf(MoveTo(kPanName, 0.8)).reason, "FAULT");
  EXPECT_TRUE(Eventually([&] { return ShowsFault(kPan, "OVERLOAD"); }));
  EXPECT_TRUE(Eventually([&] { return HoldsForFault(kPanName); }));
  EXPECT_THAT(FixOf(kPanSubject, "OVERLOAD"), HasSubstr("blocks"));
  EXPECT_EQ(ProblemOf(MoveTo("wrist_flex", 0.5)).reason, "FAULT");
  EXPECT_EQ(ClearFault(kPanName).code(), absl::StatusCode::kFailedPrecondition)
      << "its cause persists";
  Block(kPan, std::nullopt);
  EXPECT_TRUE(Eventually([&] { return ClearFault(kPanName).ok(); }));
  EXPECT_TRUE(Eventually([&] { return ShowsNoFault(); }));
  EXPECT_TRUE(TruthOfServo(kPan).torque_on());
  ExpectMoves(kPanName, kPan, 0.4);
}

TEST_F(PowerFaultTest, WhatRelievesAnOverloadedJointIsLetThrough) {
  WriteByte(kPan, 34, 2);  // an overload lasts until less than 2 % is asked for
  WriteByte(kPan, 35, 20);
  WriteByte(kPan, 36, 40);
  StartDaemon();
  ASSERT_TRUE(Energised());
  Block(kPan, 0.05);
  EXPECT_EQ(ProblemOf(MoveTo(kPanName, 0.8)).reason, "FAULT");
  ASSERT_TRUE(Eventually([&] { return ShowsFault(kPan, "OVERLOAD"); }));
  EXPECT_EQ(ProblemOf(MoveTo(kPanName, 0.9)).reason, "FAULT") << "presses harder";
  EXPECT_TRUE(WorldWentOn(std::chrono::seconds(1), [&] {
    EXPECT_TRUE(ShowsFault(kPan, "OVERLOAD")) << "or this shows nothing";
  }));
  ExpectMoves(kPanName, kPan, -0.3);
  EXPECT_TRUE(Eventually([&] { return ShowsNoFault(); }));
}

}  // namespace
}  // namespace soarm::test
