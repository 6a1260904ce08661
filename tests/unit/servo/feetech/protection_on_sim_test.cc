// Servos whose own protection cuts or lowers their output.

#include <cmath>

#include <gtest/gtest.h>

#include "tests/unit/servo/feetech/simulated_bus.h"

namespace soarm {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kLift = 1;
constexpr std::size_t kElbow = 2;
constexpr std::size_t kGripper = 5;

class ProtectionTest : public SimulatedBusTest {
 protected:
  void Enable() {
    Open();
    const BusOperationRequest all = {.kind = BusOperation::kEnableTorque, .joints = AllJoints()};
    ASSERT_EQ(Run(all).phase, BusOperationResult::Phase::kDone);
  }
  // As the control loop does with nobody driving: every target begins at the goal that its servo
  // has.
  void HoldFor(Nanos span) {
    for (const MonoTime end = clock_.Now() + span; clock_.Now() < end;) {
      for (std::size_t i = 0; i < goals_.size(); ++i) {
        goals_[i] = {.write = samples_[i].torque_on, .value = samples_[i].goal_rad};
      }
      Tick();
    }
  }
  void Lead(std::size_t joint, double target_rad) {
    constexpr int kSteps = 200;
    const double from_rad = samples_[joint].position_rad;
    for (int step = 1; step <= kSteps; ++step) {
      goals_[joint] = {.write = true, .value = from_rad + (target_rad - from_rad) * step / kSteps};
      Tick();
    }
  }
  double Angle(std::size_t joint) { return world().Truth().servos[joint].angle_rad; }
};

TEST_F(ProtectionTest, AJointThatGotTooHotIsHeldWhereItFellToAndComesBackWithAClearOnly) {
  Enable();
  Lead(kElbow, 0.35);
  Lead(kLift, -0.5);
  const double before_rad = Angle(kLift);
  ASSERT_TRUE(world().SetTemperature(2, 71).ok());
  HoldFor(seconds(4));
  const double fell_to_rad = Angle(kLift);
  ASSERT_GT(std::abs(fell_to_rad - before_rad), 0.5) << "its output is cut";
  EXPECT_TRUE(samples_[kLift].faults.Has(Fault::kOverTemperature));
  EXPECT_NEAR(samples_[kLift].goal_rad, samples_[kLift].position_rad, 0.02);
  EXPECT_FALSE(samples_[kLift].writable);

  // In its fall, where the goal of before is furthest away.
  ASSERT_TRUE(world().SetTemperature(2, 60).ok());
  HoldFor(milliseconds(100));
  const double caught_rad = Angle(kLift);
  HoldFor(seconds(2));
  EXPECT_TRUE(samples_[kLift].faults.Has(Fault::kOverTemperature)) << "until a clear";
  EXPECT_NEAR(Angle(kLift), caught_rad, 0.1);

  const BusOperationRequest clear = {.kind = BusOperation::kClearFault, .joints = MaskOf(kLift)};
  ASSERT_EQ(Run(clear).phase, BusOperationResult::Phase::kDone);
  const double cleared_rad = Angle(kLift);
  HoldFor(seconds(1));
  EXPECT_FALSE(samples_[kLift].faults.Has(Fault::kOverTemperature));
  EXPECT_NEAR(Angle(kLift), cleared_rad, 0.03);
}

// LeRobot stores 25 % in register 36 and a gain of 16 in register 21.
TEST_F(ProtectionTest, AGripperThatIsLedByWhatItsServoSaysNeverTakesThatForAStall) {
  Write(6, 36, {25});
  Write(6, 21, {16});
  Enable();
  Lead(kGripper, 1.4);
  TicksFor(milliseconds(500));
  ASSERT_TRUE(world().Block(6, 0.6).ok());
  // The world and the driver count from different places.
  const double block_rad = 0.6 + samples_[kGripper].position_rad - Angle(kGripper);
  const double lead_rad = samples_[kGripper].overload_drive_rad;
  ASSERT_LT(lead_rad, 0.2);
  Lead(kGripper, block_rad - lead_rad);
  for (int i = 0; i < 2000; ++i) {
    Tick();
    ASSERT_FALSE(samples_[kGripper].faults.Has(Fault::kOverload)) << i;
  }
  EXPECT_GT(std::abs(samples_[kGripper].load), 0.15) << "it grips";
  Lead(kGripper, block_rad - 1.5 * lead_rad);
  TicksFor(seconds(4));
  EXPECT_TRUE(samples_[kGripper].faults.Has(Fault::kOverload)) << "or this shows nothing";
}

TEST_F(ProtectionTest, HowFarThatIsFollowsFromTheServosOwnRegisters) {
  Write(6, 36, {25});
  Write(6, 21, {16});
  Write(5, 19, {0x0C});  // no overload among what it protects itself from
  Enable();
  Tick();
  const double usual_rad = samples_[kLift].overload_drive_rad;  // 80 % and 32
  EXPECT_NEAR(samples_[kGripper].overload_drive_rad, usual_rad * 25 / 80 * 32 / 16, 1e-9);
  EXPECT_GT(samples_[4].overload_drive_rad, 10.0);
}

}  // namespace
}  // namespace soarm
