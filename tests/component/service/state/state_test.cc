#include <gtest/gtest.h>

#include "soarm/v1/state.grpc.pb.h"
#include "tests/component/service/fixture.h"

namespace soarm {
namespace {

using std::chrono::milliseconds;

class StateServiceTest : public testing::Test {
 protected:
  v1::StateFrame GetState(const std::string& group = "") {
    v1::GetStateRequest request;
    request.set_group(group);
    v1::StateFrame frame;
    const grpc::Status status = stub_->GetState(Patiently().get(), request, &frame);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return frame;
  }

  ServedRobot served_{{"so101", "so101_leader"}};
  std::unique_ptr<v1::StateService::Stub> stub_ = v1::StateService::NewStub(served_.channel);
};

TEST_F(StateServiceTest, ShowsEveryGroupsJointsInServoOrder) {
  const v1::StateFrame frame = GetState();
  ASSERT_EQ(frame.groups_size(), 2);
  EXPECT_EQ(frame.groups(0).name(), "arm");
  EXPECT_EQ(frame.groups(1).name(), "leader");
  ASSERT_EQ(frame.groups(0).joints_size(), 6);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(frame.groups(0).joints(i).servo_id(), i + 1);
  EXPECT_EQ(frame.groups(0).joints(2).name(), "elbow_flex");
  EXPECT_EQ(frame.groups(0).mode(), v1::LIMP);
  EXPECT_NE(frame.clock_id(), 0);
  EXPECT_EQ(frame.schema_hash().size(), 16);
  EXPECT_EQ(frame.calibration_hash().size(), 16);
}

TEST_F(StateServiceTest, TheClockHasAnotherNameAfterASuspend) {
  const std::uint64_t before = GetState().clock_id();
  EXPECT_EQ(GetState().clock_id(), before);
  served_.clock.Suspend(std::chrono::seconds(1));
  const std::uint64_t after = GetState().clock_id();
  EXPECT_NE(after, before);
  EXPECT_EQ(GetState().clock_id(), after);
}

TEST_F(StateServiceTest, StampsAndAgesSamples) {
  served_.robot.Tick();
  const std::int64_t sampled_ns = ToNanos(served_.clock.Now());
  served_.clock.Advance(milliseconds(7));
  const v1::StateFrame frame = GetState("arm");
  ASSERT_EQ(frame.groups_size(), 1);
  EXPECT_EQ(frame.sampled_ns(), sampled_ns);
  EXPECT_EQ(frame.groups(0).joints(0).age_ns(), 7'000'000);
  EXPECT_FALSE(frame.groups(0).joints(0).stale());
}

TEST_F(StateServiceTest, MarksAJointThatMissedItsAnswerStaleAndKeepsTheOthersStamp) {
  served_.robot.Edit(0, [](BusState& bus) {
    bus.joints[4].sample.misses = 1;
    bus.joints[4].sample.faults.Set(Fault::kNoReply);
  });
  served_.clock.Advance(milliseconds(5));
  served_.robot.Tick();
  const v1::StateFrame frame = GetState("arm");
  const v1::JointState& joint = frame.groups(0).joints(4);
  EXPECT_TRUE(joint.stale());
  EXPECT_EQ(joint.age_ns(), 5'000'000);
  ASSERT_EQ(joint.faults_size(), 1);
  EXPECT_EQ(joint.faults(0), "NO_REPLY");
  EXPECT_EQ(frame.sampled_ns(), ToNanos(served_.clock.Now()));
}

TEST_F(StateServiceTest, LeavesUnsetWhatWasNeverRead) {
  served_.robot.Edit(0, [](BusState& bus) { bus.joints[4].sample = {}; });
  const v1::StateFrame frame = GetState("arm");
  const v1::JointState& joint = frame.groups(0).joints(4);
  EXPECT_EQ(joint.age_ns(), -1);
  EXPECT_TRUE(joint.stale());
  EXPECT_FALSE(joint.has_position_rad() || joint.has_position_raw() || joint.has_velocity_rad_s() ||
               joint.has_voltage_v() || joint.has_temperature_c() || joint.has_torque_on());
  EXPECT_TRUE(frame.groups(0).joints(3).has_position_rad());
}

TEST_F(StateServiceTest, ShowsRequestedAndAppliedOnlyWhileTheGroupIsDriven) {
  served_.robot.Edit(0, [](BusState& bus) {
    bus.joints[1].requested = 0.5;
    bus.joints[1].applied = 0.25;
  });
  EXPECT_FALSE(GetState("arm").groups(0).joints(1).has_requested_rad());
  served_.robot.Edit(0, [](BusState& bus) {
    bus.groups[0] = {.mode = Mode::kFollow, .command_sequence = 9};
    bus.joints[1].sample.goal_written = true;
    bus.joints[1].sample.goal_raw = 2211;
  });
  const v1::StateFrame frame = GetState("arm");
  EXPECT_EQ(frame.groups(0).mode(), v1::FOLLOW);
  EXPECT_EQ(frame.groups(0).command_seq(), 9);
  EXPECT_EQ(frame.groups(0).joints(1).requested_rad(), 0.5);
  EXPECT_EQ(frame.groups(0).joints(1).applied_rad(), 0.25);
  EXPECT_EQ(frame.groups(0).joints(1).applied_raw(), 2211);
}

TEST_F(StateServiceTest, ShowsTheGrippersOpeningAndNobodyElses) {
  served_.robot.EditDescription(0, [](BusDescription& bus) {
    bus.joints[5].lower_raw = 2000;
    bus.joints[5].upper_raw = 3000;
    bus.joints[5].zero_ticks = 2000;
  });
  served_.robot.Edit(0,
                     [](BusState& bus) { bus.joints[5].sample.position_rad = 250 * kRadPerTick; });
  served_.robot.Tick();
  const v1::StateFrame frame = GetState("arm");
  EXPECT_NEAR(frame.groups(0).joints(5).opening(), 0.25, 1e-9);
  EXPECT_FALSE(frame.groups(0).joints(0).has_opening());
}

TEST_F(StateServiceTest, NamesWhyAGroupHolds) {
  served_.robot.Edit(0, [](BusState& bus) {
    bus.groups[0] = {.mode = Mode::kHold, .cause = HoldCause::kFault, .joint = 3};
  });
  const v1::StateFrame frame = GetState("arm");
  EXPECT_EQ(frame.groups(0).mode_reason(), "FAULT");
  EXPECT_EQ(frame.groups(0).mode_joint(), "wrist_flex");
}

TEST_F(StateServiceTest, ShowsAClosedBusAsUnknownAndStale) {
  served_.robot.SetOpenError(0, absl::UnavailableError("no device"));
  const v1::StateFrame frame = GetState("arm");
  EXPECT_EQ(frame.groups(0).mode(), v1::UNKNOWN);
  EXPECT_TRUE(frame.groups(0).joints(0).stale());
}

TEST_F(StateServiceTest, ChangesItsHashesWithTheCalibrationAndTheZeros) {
  const v1::StateFrame before = GetState();
  served_.robot.EditDescription(0, [](BusDescription& bus) { bus.joints[2].upper_raw -= 1; });
  const v1::StateFrame ranged = GetState();
  EXPECT_EQ(ranged.schema_hash(), before.schema_hash());
  EXPECT_NE(ranged.calibration_hash(), before.calibration_hash());
  served_.robot.EditDescription(0, [](BusDescription& bus) { bus.joints[2].zero_ticks += 1; });
  EXPECT_NE(GetState().schema_hash(), before.schema_hash());
}

TEST_F(StateServiceTest, NamesTheGroupsThereAreWhenAskedForAnother) {
  v1::GetStateRequest request;
  request.set_group("elbow");
  v1::StateFrame frame;
  const grpc::Status status = stub_->GetState(Patiently().get(), request, &frame);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  const v1::ErrorDetail detail = DetailOf(status);
  EXPECT_EQ(detail.reason(), "UNKNOWN_GROUP");
  EXPECT_EQ(detail.facts().at("groups"), "arm, leader");
  EXPECT_NE(detail.fix(), "");
}

TEST_F(StateServiceTest, SendsBackOnlyTheStartOfAnEndlessName) {
  v1::GetStateRequest request;
  request.set_group(std::string(3'000'000, 'x'));
  v1::StateFrame frame;
  const grpc::Status status = stub_->GetState(Patiently().get(), request, &frame);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_LT(DetailOf(status).message().size(), 300);
}

TEST_F(StateServiceTest, RefusesAMessageOverTheLimit) {
  v1::GetStateRequest request;
  request.set_group(std::string(5'000'000, 'x'));
  v1::StateFrame frame;
  EXPECT_EQ(stub_->GetState(Patiently().get(), request, &frame).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

}  // namespace
}  // namespace soarm
