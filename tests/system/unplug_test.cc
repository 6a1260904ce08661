#include <cmath>

#include <gmock/gmock.h>

#include "common/base/units.h"
#include "tests/system/fault_rig.h"
#include "tests/system/goal_log.h"

namespace soarm::test {
namespace {

class UnplugTest : public FaultTest {
 protected:
  bool IsOpen() { return Status().buses(0).open(); }
  void Unplug() { Do(kUnplug, sim::UnplugRequest()); }
  void Replug() { Do(kReplug, sim::ReplugRequest()); }
};

TEST_F(UnplugTest, AnArmUnderTorqueIsLostAndAdoptedAgainWithoutMoving) {
  StartDaemon();
  ASSERT_TRUE(Energised());
  const auto before = ServosOf(world());
  const std::int64_t since_ns = TruthOf(world()).time_ns();
  for (int i = 0; i < 3; ++i) {
    Unplug();
    EXPECT_TRUE(Eventually([&] { return Arm().mode() == v1::UNKNOWN && !IsOpen(); }));
    const v1::StatusResponse status = Status();
    EXPECT_THAT(status.buses(0).error().message(), testing::Not(testing::IsEmpty()));
    EXPECT_THAT(status.buses(0).error().fix(), testing::Not(testing::IsEmpty()));
    const v1::GroupState lost = Arm();
    for (const v1::JointState& joint : lost.joints()) {
      EXPECT_TRUE(joint.stale()) << joint.name();
    }
    for (const auto& [id, servo] : ServosOf(world())) EXPECT_TRUE(servo.torque_on()) << id;
    Replug();
    EXPECT_TRUE(daemon_->WaitForFreshJoints(6));
    EXPECT_TRUE(Eventually([&] { return Arm().mode() == v1::HOLD; }));
    EXPECT_EQ(Arm().mode_reason(), "ADOPTED");
  }
  for (const auto& [id, servo] : ServosOf(world())) {
    EXPECT_TRUE(servo.torque_on()) << id;
    EXPECT_LE(std::abs(servo.position_raw() - before.at(id).position_raw()), kStill_ticks) << id;
  }
  for (const GoalWritten& goal : GoalsSince(world(), since_ns)) {
    EXPECT_LE(std::abs(goal.raw - before.at(static_cast<std::uint32_t>(goal.servo)).goal_raw()),
              kStill_ticks)
        << goal.servo;
  }
  // What was open all the while drives it again.
  ExpectMoves("shoulder_pan", 1, 0.4);
}

TEST_F(UnplugTest, AMoveEndsWithTheBusAndIsNotTakenUpAgain) {
  StartDaemon();
  ASSERT_TRUE(Energised());
  v1::MoveToRequest request;
  *request.mutable_lease() = lease_->ref();
  *request.mutable_targets() = Target("shoulder_pan", 1.2).targets();
  request.set_speed_scale(0.2);
  bool pulled = false;
  const absl::Status moved = daemon_->connection().Watch(
      client::kMoveTo, request, [&](const v1::MoveToProgress& progress) {
        if (!pulled && progress.fraction() > 0.2) {
          pulled = true;
          Unplug();
        }
        return true;
      });
  EXPECT_TRUE(pulled);
  EXPECT_FALSE(moved.ok());
  EXPECT_TRUE(Eventually([&] { return Arm().mode() == v1::UNKNOWN; }));
  // The servo goes on to the last goal that it was told, which is not far.
  EXPECT_TRUE(WorldWentOn(std::chrono::milliseconds(500)));
  const double rest_rad = TruthOfServo(1).position_rad();
  EXPECT_LT(rest_rad, 0.9);
  Replug();
  EXPECT_TRUE(daemon_->WaitForFreshJoints(6));
  EXPECT_TRUE(Eventually([&] { return Arm().mode() == v1::HOLD; }));
  EXPECT_TRUE(WorldWentOn(std::chrono::milliseconds(500)));
  EXPECT_NEAR(TruthOfServo(1).position_rad(), rest_rad, kStill_ticks * kRadPerTick);
  EXPECT_EQ(Arm().mode(), v1::HOLD);
  EXPECT_TRUE(TruthOfServo(1).torque_on());
}

}  // namespace
}  // namespace soarm::test
