// What the joints feel, and what the servos make of it.

#include <cmath>

#include <gtest/gtest.h>

#include "common/base/units.h"
#include "server/sim/arm_dynamics.h"
#include "tests/fakes/sim_bus.h"
#include "tests/unit/sim/data/so101_vectors.h"

namespace soarm::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kPan = 1, kLift = 2, kElbow = 3, kGripperId = 6;

TEST(ArmDynamicsTest, TipPositionsAgreeWithTheReference) {
  ArmDynamics arm;
  for (const TipVector& vector : kTipVectors) {
    arm.SetPose(vector.angles_rad);
    const Vec3 tip = arm.TipPosition();
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(tip[i], vector.tip_m[i], 1e-6);
  }
}

TEST(ArmDynamicsTest, HoldingTorquesAgreeWithTheReference) {
  ArmDynamics arm;
  for (const GravityVector& vector : kGravityVectors) {
    arm.SetPose(vector.angles_rad);
    for (std::size_t i = 0; i < kArmJoints; ++i) {
      EXPECT_NEAR(arm.HoldingTorque(i), vector.holding_nm[i], 5e-6) << i;
    }
  }
}

TEST(ArmDynamicsTest, InertiasAreTheMassMatrixDiagonal) {
  ArmDynamics arm;
  arm.SetPose(kInertiaPose_rad);
  for (std::size_t i = 0; i < kArmJoints; ++i) {
    EXPECT_NEAR(arm.LinkInertia(i), kInertiaDiagonal_kg_m2[i], 1e-7) << i;
  }
}

// Stretched out level: shoulder_lift pi/2 forward, everything else straight.
void StretchOut(BenchBus& bus) {
  ASSERT_TRUE(bus.controls().SetJoint(kLift, 1.57 - 0.24).ok());
  ASSERT_TRUE(bus.controls().SetJoint(kElbow, -1.57 + 0.24).ok());
  ASSERT_TRUE(bus.controls().SetJoint(4, 0).ok());
  bus.Run(milliseconds(50));
}

double SagDegrees(BenchBus& bus, int gain) {
  StretchOut(bus);
  const double before = bus.Truth(kLift).angle_rad;
  for (int id = 1; id <= 6; ++id) {
    bus.Write(id, reg::kPositionP, {static_cast<std::uint8_t>(gain)});
    bus.Write(id, reg::kTorqueEnable, {1});
  }
  bus.Run(seconds(3));
  return (bus.Truth(kLift).angle_rad - before) * kDegPerRad;
}

TEST(GravityWorldTest, AStretchedArmSagsAsRealOnesDo) {
  BenchBus soft("so101");
  EXPECT_NEAR(SagDegrees(soft, 16), 3.2, 0.6);
  BenchBus stiff("so101");
  EXPECT_NEAR(SagDegrees(stiff, 32), 1.6, 0.4);
}

TEST(GravityWorldTest, AnArmAtRestStaysUntilItWasEnergised) {
  BenchBus bus("so101");
  const double before = bus.Truth(kLift).angle_rad;
  bus.Run(seconds(1));
  EXPECT_EQ(bus.Truth(kLift).angle_rad, before);
}

TEST(GravityWorldTest, AnArmThatIsLetGoFallsToItsStops) {
  BenchBus bus("so101");
  StretchOut(bus);
  for (int id = 1; id <= 6; ++id) bus.Write(id, reg::kTorqueEnable, {1});
  bus.Run(milliseconds(500));
  const double before = bus.Truth(kLift).angle_rad;
  for (int id = 1; id <= 6; ++id) bus.Write(id, reg::kTorqueEnable, {0});
  bus.Run(milliseconds(200));
  EXPECT_GT(bus.Truth(kLift).angle_rad, before + 0.15);
  bus.Run(seconds(2));
  EXPECT_NEAR(bus.Truth(kLift).angle_rad, 1.88, 1e-9);
}

TEST(GravityWorldTest, JointsReachTheirRealSpeed) {
  BenchBus bus("so101");
  for (int id = 2; id <= 6; ++id) bus.Write(id, reg::kTorqueEnable, {1});
  bus.Write(kPan, reg::kMaxAcceleration, {254});
  bus.Write(kPan, reg::kAcceleration, {254});
  bus.WriteWord(kPan, 42, 800);
  bus.Run(seconds(2));
  bus.WriteWord(kPan, 42, 3300);
  double top = 0;
  for (int i = 0; i < 1000; ++i) {
    bus.Run(milliseconds(1));
    top = std::max(top, bus.Truth(kPan).speed_rad_s);
  }
  EXPECT_GT(top, 4.2);
  EXPECT_LT(top, 5.0);
  EXPECT_NEAR(bus.ReadWord(kPan, reg::kPosition), 3300, 6);
}

TEST(GravityWorldTest, AStepOf20DegreesRisesInAFifthOfASecond) {
  BenchBus bus("so101");
  bus.Write(kPan, reg::kPositionP, {16});
  bus.Write(kPan, reg::kMaxAcceleration, {254});
  bus.Write(kPan, reg::kAcceleration, {254});
  const int target = 2047 + 228;
  bus.WriteWord(kPan, 42, target);
  bus.Run(milliseconds(250));
  const double reached = bus.Truth(kPan).position_raw;
  EXPECT_GT(reached, 2047 + 0.85 * 228);
  EXPECT_LT(reached, target + 12);
}

TEST(GravityWorldTest, HardStopsAndBlocksEndEveryMove) {
  BenchBus bus("so101");
  bus.WriteWord(kPan, reg::kMaxAngle, 4000);
  bus.WriteWord(kPan, 42, 3900);
  EXPECT_FALSE(bus.controls().Block(kGripperId, std::nan("")).ok());
  ASSERT_TRUE(bus.controls().Block(kGripperId, 0.5).ok());
  bus.WriteWord(kGripperId, 42, 3200);
  bus.Run(seconds(1));
  EXPECT_NEAR(bus.Truth(kPan).angle_rad, 2.06, 1e-9);
  EXPECT_NEAR(bus.Truth(kGripperId).angle_rad, 0.5, 1e-9);
  bus.controls().ClearInjections();
  bus.Run(seconds(1));
  EXPECT_GT(bus.Truth(kGripperId).angle_rad, 1.0);
}

TEST(GravityWorldTest, AHandMovesOnlyFreeJointsAndLetsGoWhenTorqueComesOn) {
  BenchBus bus("so101");
  ASSERT_TRUE(bus.controls().SetJoint(kElbow, 0.2, seconds(1)).ok());
  bus.Run(milliseconds(500));
  EXPECT_NEAR(bus.Truth(kElbow).angle_rad, (1.5 + 0.2) / 2, 0.01);
  EXPECT_LT(bus.Truth(kElbow).speed_rad_s, -1.0);
  bus.Run(milliseconds(600));
  EXPECT_NEAR(bus.Truth(kElbow).angle_rad, 0.2, 1e-9) << "held there";
  bus.Write(kElbow, reg::kTorqueEnable, {1});
  EXPECT_EQ(bus.controls().SetJoint(kElbow, 0).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(GravityWorldTest, ALoadPushesTheJointAgainstItsServo) {
  BenchBus bus({1});
  bus.Write(1, reg::kTorqueEnable, {1});
  ASSERT_TRUE(bus.controls().SetLoad(1, 1.04).ok());
  bus.Run(seconds(2));
  // A public measurement of this load at these gains: 20 to 30 steps.
  EXPECT_NEAR(bus.Truth(1).angle_rad / kRadPerTick, 22, 5);
  EXPECT_LT(DecodeSigned(static_cast<std::uint16_t>(bus.ReadWord(1, reg::kLoad)), 10), -100);
}

TEST(GravityWorldTest, DutyFollowsTheMeasuredLaw) {
  // Motor held where it is: P error / 4 + 9 per mille.
  BenchBus bus({1});
  ASSERT_TRUE(bus.controls().Block(1, 0.0).ok());
  for (const int error : {7, 11, 25, 75, 85}) {
    bus.WriteWord(1, 42, 2048 + error);
    bus.Run(milliseconds(300));
    EXPECT_NEAR(bus.ReadWord(1, reg::kLoad), 8 * error + 9, 2) << error;
  }
}

TEST(WorldPauseTest, TheJointsStandStillWhileTheWireGoesOn) {
  BenchBus bus({1});
  bus.WriteWord(1, 42, 3000);
  const double before = bus.Truth(1).angle_rad;
  const MonoTime until = bus.model().now() + seconds(1);
  bus.model().PauseWorldUntil(until);
  EXPECT_EQ(bus.Ask("FF FF 01 02 01 FB"), "FF FF 01 02 00 FC");
  bus.Run(milliseconds(900));
  EXPECT_EQ(bus.Truth(1).angle_rad, before);
  bus.Run(seconds(2));
  EXPECT_NEAR(bus.ReadWord(1, reg::kPosition), 3000, 3) << "and go on afterwards";
}

// Another physics: every joint turns at a speed that follows its torque.
class ProportionalWorld final : public World {
 public:
  std::size_t joint_count() const noexcept override { return 6; }
  std::size_t AddShaft(const JointMechanics&) override { return 6; }
  void Step(std::span<const JointDrive> drives, std::span<JointMotion> motions) noexcept override {
    for (std::size_t i = 0; i < drives.size(); ++i) {
      motions[i].speed_rad_s = 0.5 * drives[i].torque_nm;
      motions[i].angle_rad += motions[i].speed_rad_s * 1e-3;
    }
  }
  void MoveByHand(std::size_t, double, Nanos) noexcept override {}
  void Release(std::size_t) noexcept override {}
  void Block(std::size_t, std::optional<double>) noexcept override {}
  void SetLoad(std::size_t, double) noexcept override {}
};

TEST(WorldPortTest, AnotherPhysicsCanBePluggedIn) {
  BusModel model(FindRobot("so101", FirmwareOptions{}, true).value(), BusOptions{},
                 std::make_unique<ProportionalWorld>());
  SimControls controls(model);
  ASSERT_TRUE(controls.WriteRegisters(1, 42, Bytes{0xB8, 0x0B}).ok());
  model.AdvanceTo(model.now() + seconds(3));
  EXPECT_NEAR(controls.Truth().servos[0].position_raw, 3000, 5);
}

TEST(SupplyTest, SagsWithTheCurrentDrawn) {
  BenchBus bus({1});
  ASSERT_TRUE(bus.controls().Block(1, 0.0).ok());
  bus.WriteWord(1, 42, 3000);
  bus.Run(milliseconds(500));
  // Stalled at full duty: about 2.2 A through 0.12 ohm.
  EXPECT_NEAR(bus.controls().Truth().bus_v, 12.1 - 0.26, 0.03);
  EXPECT_NEAR(bus.Truth(1).current_a, 2.18, 0.1);
  EXPECT_NEAR(bus.ReadWord(1, reg::kCurrent) * 0.0065, bus.Truth(1).current_a, 0.01);
}

TEST(RobotTest, StartsCalibratedAtRestInsideItsRangesWithTorqueOff) {
  for (const char* name : {"so101", "so101_leader", "so100", "so100_leader", "lekiwi"}) {
    BenchBus bus{std::string(name)};
    for (int id = 1; id <= 6; ++id) {
      const int lower = bus.ReadWord(id, reg::kMinAngle);
      const int upper = bus.ReadWord(id, reg::kMaxAngle);
      const int position = bus.ReadWord(id, reg::kPosition);
      EXPECT_GT(position, lower + 64) << name << id;
      EXPECT_LT(position, upper - 64) << name << id;
      EXPECT_GT(position, 128);
      EXPECT_LT(position, 4096 - 128);
      if (id < 6) {
        EXPECT_NEAR((lower + upper) / 2.0, 2047, 1) << name << id;
      }
      EXPECT_EQ(bus.ReadByte(id, reg::kTorqueEnable), 0);
      EXPECT_EQ(bus.ReadByte(id, reg::kStatus), 0) << "supply inside the window";
      // A joint that lies on its stop is at the end of its range, and inside it.
      if (id == 5) continue;
      bus.Place(id, lower);
      EXPECT_GT(bus.ReadWord(id, reg::kPosition), lower) << name << id;
      EXPECT_LT(bus.ReadWord(id, reg::kPosition), lower + 8) << name << id;
      bus.Place(id, upper);
      EXPECT_LT(bus.ReadWord(id, reg::kPosition), upper) << name << id;
      EXPECT_GT(bus.ReadWord(id, reg::kPosition), upper - 8) << name << id;
    }
  }
}

TEST(RobotTest, UncalibratedServosAreAsTheFactoryLeftThem) {
  const Robot robot = FindRobot("so101", FirmwareOptions{}, false).value();
  for (const RobotJoint& joint : robot.joints) {
    EXPECT_EQ(joint.servo.offset_ticks, 0);
    EXPECT_EQ(joint.servo.min_angle_ticks, 0);
    EXPECT_EQ(joint.servo.max_angle_ticks, 4095);
  }
  EXPECT_FALSE(FindRobot("so102", FirmwareOptions{}, true));
}

TEST(RobotTest, ALeaderIsEasyToMove) {
  const Robot leader = FindRobot("so101_leader", FirmwareOptions{}, true).value();
  const Robot follower = FindRobot("so101", FirmwareOptions{}, true).value();
  EXPECT_LT(leader.joints[0].body.mechanics.coulomb_nm,
            follower.joints[0].body.mechanics.coulomb_nm);
  EXPECT_LT(leader.supply_v, 6);
}

}  // namespace
}  // namespace soarm::sim
