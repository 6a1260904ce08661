// Joints that the world pushes to the seam of their encoder, where a position loop would drive them
// a whole turn round.

#include <cmath>

#include <gtest/gtest.h>

#include "tests/unit/servo/feetech/simulated_bus.h"

namespace soarm {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kRoll = 4;
constexpr int kServo = 5;
// Register 31: wrist_roll then reads 3999 at its zero, and comes to 4095 at 0.15 of its 2.84 rad.
constexpr int kOffset = 0x0E05;
constexpr int kGoal_raw = 4031;  // as near as limits let it

class SeamTest : public SimulatedBusTest {
 protected:
  void Calibrate(int offset) {
    Write(kServo, 31,
          {static_cast<std::uint8_t>(offset & 0xFF), static_cast<std::uint8_t>(offset >> 8)});
  }
  void EnableAndGoTo(int goal_raw) {
    ASSERT_EQ(Run({.kind = BusOperation::kEnableTorque, .joints = MaskOf(kRoll)}).phase,
              BusOperationResult::Phase::kDone);
    GoTo(goal_raw);
  }
  void GoTo(int goal_raw) {
    constexpr int kSteps = 200;
    const int from = samples_[kRoll].position_raw;
    for (int step = 0; step <= kSteps; ++step) {
      SetRaw(from + (goal_raw - from) * step / kSteps);
      Tick();
    }
    TicksFor(milliseconds(500));
    ASSERT_NEAR(samples_[kRoll].position_raw, goal_raw, 20);
  }
  void SetRaw(int raw) {
    goals_[kRoll] = {.write = true, .value = bus_->joints()[kRoll].RadFromRaw(raw)};
  }
  void Load(double torque_nm) { ASSERT_TRUE(world().SetLoad(kServo, torque_nm).ok()); }
  double Angle() { return world().Truth().servos[kRoll].angle_rad; }
  // Until it is off, for a second at most.
  bool IsSwitchedOff() {
    for (int tick = 0; tick < 200 && ByteOf(kServo, 40) == 1; ++tick) Tick();
    return ByteOf(kServo, 40) == 0;
  }
};

TEST_F(SeamTest, WhatALoadPushesThereIsSwitchedOffOnThisSide) {
  Write(kServo, 21, {16});
  Calibrate(kOffset);
  Open();
  EnableAndGoTo(kGoal_raw);
  Load(1.6);
  ASSERT_TRUE(IsSwitchedOff());
  EXPECT_LT(world().Truth().servos[kRoll].position_raw, 4096);
  Load(0);
  TicksFor(milliseconds(50));
  EXPECT_TRUE(samples_[kRoll].faults.Has(Fault::kAtSeam));
  EXPECT_FALSE(samples_[kRoll].faults.Has(Fault::kTorqueLost)) << "one name is enough";
  EXPECT_FALSE(samples_[kRoll].writable);
  ASSERT_EQ(Run({.kind = BusOperation::kClearFault, .joints = MaskOf(kRoll)}).phase,
            BusOperationResult::Phase::kDone);
  Tick();
  EXPECT_FALSE(samples_[kRoll].faults.Any());
  EXPECT_EQ(Run({.kind = BusOperation::kEnableTorque, .joints = MaskOf(kRoll)}).refusal,
            BusRefusal::kNearSeam);
}

TEST_F(SeamTest, AtFiftyTicksASecondToo) {
  SetUpRobot("so101", milliseconds(20));
  Write(kServo, 21, {16});
  Calibrate(kOffset);
  Open();
  EnableAndGoTo(kGoal_raw);
  const double before = Angle();
  Load(1.6);
  ASSERT_TRUE(IsSwitchedOff());
  EXPECT_LT(Angle() - before, 0.15);
}

TEST_F(SeamTest, WhatAnotherProgramsOffsetPutsOnTheOtherSideIsSwitchedOff) {
  Calibrate(kOffset);
  Open();
  EnableAndGoTo(4000);
  const double before = Angle();
  Calibrate(kOffset + 200);
  ASSERT_TRUE(IsSwitchedOff());
  EXPECT_LT(std::abs(Angle() - before), 0.1);
}

TEST_F(SeamTest, WhatWasFoundThereOrIsLedThereKeepsItsTorque) {
  Calibrate(kOffset);
  ASSERT_TRUE(world().SetJointRaw(kServo, 4088).ok());
  Write(kServo, 42, {0xF8, 0x0F});
  Write(kServo, 40, {1});
  Open();
  TicksFor(milliseconds(500));
  EXPECT_EQ(ByteOf(kServo, 40), 1);
  GoTo(4000);
  GoTo(4090);
  EXPECT_EQ(ByteOf(kServo, 40), 1);
  EXPECT_FALSE(samples_[kRoll].faults.Has(Fault::kAtSeam));
}

}  // namespace
}  // namespace soarm
