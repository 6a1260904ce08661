#include <cmath>
#include <thread>

#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "soarm/v1/motion.grpc.pb.h"
#include "tests/component/service/fixture.h"

namespace soarm {
namespace {

std::vector<NamedPose> Poses() {
  return {{"arm", "rest", {{"elbow_flex", 0.5}, {"gripper", 0.1}}},
          {"arm", "broken", {{"elbow_flex", 3.0}}}};
}

absl::Status NearSeam() {
  Problem problem;
  problem.code = absl::StatusCode::kFailedPrecondition;
  problem.reason = "NEAR_SEAM";
  problem.subject = "arm/wrist_roll";
  problem.message = "wrist_roll is too close to its encoder's seam.";
  problem.fix = "Move wrist_roll by hand.";
  problem.facts["found"] = "12";
  return ToStatus(problem);
}

class MotionServiceTest : public testing::Test {
 protected:
  static void SetLease(v1::LeaseRef* lease) {
    lease->set_epoch(77);
    lease->set_fence(3);
    lease->set_token("token");
  }
  v1::MoveToRequest Move(const std::string& joint, double position_rad) {
    v1::MoveToRequest request;
    SetLease(request.mutable_lease());
    v1::JointTarget& target = *request.add_targets();
    target.set_joint(joint);
    target.set_position_rad(position_rad);
    return request;
  }
  // Runs a move whose completion is immediate.
  grpc::Status Run(const v1::MoveToRequest& request) {
    const auto context = Patiently();
    const auto reader = stub_->MoveTo(context.get(), request);
    v1::MoveToProgress progress;
    while (reader->Read(&progress)) {
    }
    return reader->Finish();
  }
  std::string RefusalOf(const v1::MoveToRequest& request) {
    const grpc::Status status = Run(request);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    const v1::ErrorDetail detail = DetailOf(status);
    EXPECT_NE(detail.fix(), "") << detail.reason();
    return detail.reason();
  }

  ServedRobot served_{{"so101"}, {}, Poses()};
  std::unique_ptr<v1::MotionService::Stub> stub_ = v1::MotionService::NewStub(served_.channel);
};

TEST_F(MotionServiceTest, EnablesAndReleasesTorqueOfTheOnlyArm) {
  v1::EnableTorqueRequest enable;
  SetLease(enable.mutable_lease());
  v1::EnableTorqueResponse enabled;
  EXPECT_TRUE(stub_->EnableTorque(Patiently().get(), enable, &enabled).ok());
  v1::ReleaseTorqueRequest release;
  SetLease(release.mutable_lease());
  v1::ReleaseTorqueResponse released;
  EXPECT_TRUE(stub_->ReleaseTorque(Patiently().get(), release, &released).ok());
  const auto calls = served_.robot.calls();
  ASSERT_EQ(calls.size(), 2);
  EXPECT_EQ(calls[0].method + " " + calls[0].detail, "EnableTorque arm token");
  EXPECT_EQ(calls[1].method + " " + calls[1].detail, "ReleaseTorque arm token");
}

TEST(MoveOfABaseTest, SaysThatAWheelHasNoPosition) {
  ServedRobot served({"lekiwi"});
  const auto stub = v1::MotionService::NewStub(served.channel);
  v1::MoveToRequest request;
  request.mutable_lease()->set_token("token");
  v1::JointTarget& target = *request.add_targets();
  target.set_joint("base/left_wheel");
  target.set_position_rad(0.1);
  const auto context = Patiently();
  const auto reader = stub->MoveTo(context.get(), request);
  v1::MoveToProgress progress;
  EXPECT_FALSE(reader->Read(&progress));
  EXPECT_EQ(DetailOf(reader->Finish()).reason(), "NOT_A_POSITION");
}

TEST_F(MotionServiceTest, CarriesARefusalToTheClientWhole) {
  served_.robot.Fail("EnableTorque", NearSeam());
  v1::EnableTorqueRequest request;
  SetLease(request.mutable_lease());
  v1::EnableTorqueResponse response;
  const grpc::Status status = stub_->EnableTorque(Patiently().get(), request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  const v1::ErrorDetail detail = DetailOf(status);
  EXPECT_EQ(detail.reason(), "NEAR_SEAM");
  EXPECT_EQ(detail.subject(), "arm/wrist_roll");
  EXPECT_EQ(detail.fix(), "Move wrist_roll by hand.");
  EXPECT_EQ(detail.facts().at("found"), "12");
}

TEST_F(MotionServiceTest, RefusesTorqueWithoutALeaseOrOfAnUnknownGroup) {
  v1::EnableTorqueRequest request;
  v1::EnableTorqueResponse response;
  EXPECT_EQ(DetailOf(stub_->EnableTorque(Patiently().get(), request, &response)).reason(),
            "LEASE_MISSING");
  SetLease(request.mutable_lease());
  request.set_group("tail");
  EXPECT_EQ(DetailOf(stub_->EnableTorque(Patiently().get(), request, &response)).reason(),
            "UNKNOWN_GROUP");
  EXPECT_TRUE(served_.robot.calls().empty());
}

TEST_F(MotionServiceTest, CancelsAnOperationThatTheClientGaveUp) {
  served_.robot.HoldCompletions(true);
  const auto context = Patiently();
  std::thread giving_up([&] {
    served_.robot.WaitForCall("EnableTorque");
    context->TryCancel();
  });
  v1::EnableTorqueRequest request;
  SetLease(request.mutable_lease());
  v1::EnableTorqueResponse response;
  const grpc::Status status = stub_->EnableTorque(context.get(), request, &response);
  giving_up.join();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(served_.robot.WaitForCall("CancelOperation"));
}

TEST_F(MotionServiceTest, CancelsAnOperationWhoseDeadlinePassed) {
  served_.robot.HoldCompletions(true);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(100));
  v1::EnableTorqueRequest request;
  SetLease(request.mutable_lease());
  v1::EnableTorqueResponse response;
  const grpc::Status status = stub_->EnableTorque(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(served_.robot.WaitForCall("CancelOperation"));
  served_.robot.CompleteAll(absl::OkStatus());  // finds nobody, harms nobody
}

TEST_F(MotionServiceTest, ChecksTheSpeedScale) {
  v1::SetSpeedScaleRequest request;
  SetLease(request.mutable_lease());
  v1::SetSpeedScaleResponse response;
  for (const double bad : {-0.1, 1.1, std::nan("")}) {
    request.set_scale(bad);
    EXPECT_EQ(DetailOf(stub_->SetSpeedScale(Patiently().get(), request, &response)).reason(),
              "BAD_SPEED_SCALE");
  }
  request.set_scale(0);
  EXPECT_TRUE(stub_->SetSpeedScale(Patiently().get(), request, &response).ok());
}

TEST_F(MotionServiceTest, MovesWithProgressUntilDone) {
  served_.robot.HoldCompletions(true);
  v1::MoveToRequest request = Move("arm/elbow_flex", 0.7);
  request.mutable_duration()->set_seconds(2);
  const auto context = Patiently();
  const auto reader = stub_->MoveTo(context.get(), request);
  ASSERT_TRUE(served_.robot.WaitForCall("StartMove"));
  served_.robot.Progress({.fraction = 0.25,
                          .remaining = std::chrono::milliseconds(1500),
                          .largest_error_rad = 0.01,
                          .speed_scale = 0.0});
  v1::MoveToProgress progress;
  ASSERT_TRUE(reader->Read(&progress));
  EXPECT_EQ(progress.fraction(), 0.25);
  EXPECT_EQ(progress.remaining().nanos(), 500'000'000);
  EXPECT_FALSE(progress.done());
  EXPECT_TRUE(progress.has_speed_scale())
      << "at 0 the move is held, and whoever waits wants to know";
  EXPECT_EQ(progress.speed_scale(), 0);
  served_.robot.CompleteAll(absl::OkStatus());
  ASSERT_TRUE(reader->Read(&progress));
  EXPECT_TRUE(progress.done());
  EXPECT_EQ(progress.fraction(), 1);
  EXPECT_FALSE(reader->Read(&progress));
  EXPECT_TRUE(reader->Finish().ok());

  const MoveRequest move = served_.robot.moves().at(0);
  EXPECT_EQ(move.joints, MaskOf(2));
  EXPECT_EQ(move.target_rad[2], 0.7);
  EXPECT_EQ(move.speed_scale, 0.5);
  EXPECT_EQ(move.at_least, std::chrono::seconds(2));
  EXPECT_EQ(move.lease.fence, 3);
}

TEST_F(MotionServiceTest, CancelsTheMoveWithItsCall) {
  served_.robot.HoldCompletions(true);
  const auto context = Patiently();
  const auto reader = stub_->MoveTo(context.get(), Move("elbow_flex", 0.7));
  ASSERT_TRUE(served_.robot.WaitForCall("StartMove"));
  context->TryCancel();
  EXPECT_TRUE(served_.robot.WaitForCall("CancelOperation"));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(MotionServiceTest, SaysWhyAMoveWasCutShort) {
  Problem problem;
  problem.code = absl::StatusCode::kAborted;
  problem.reason = "STOPPED";
  problem.message = "A stop ended the move.";
  served_.robot.Fail("StartMove", ToStatus(problem));
  const grpc::Status status = Run(Move("elbow_flex", 0.7));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(DetailOf(status).reason(), "STOPPED");
}

TEST_F(MotionServiceTest, RefusesTargetsThatAreWrongInAnyState) {
  EXPECT_EQ(RefusalOf(Move("elbow", 0)), "UNKNOWN_JOINT");
  EXPECT_EQ(RefusalOf(Move("/elbow_flex", 0)), "UNKNOWN_JOINT");
  EXPECT_EQ(RefusalOf(Move("elbow_flex", std::nan(""))), "NOT_A_NUMBER");
  EXPECT_EQ(RefusalOf(Move("elbow_flex", HUGE_VAL)), "NOT_A_NUMBER");
  EXPECT_EQ(RefusalOf(Move("elbow_flex", 1.6)), "OUTSIDE_LIMITS");
  EXPECT_EQ(RefusalOf(Move("elbow_flex", -1e300)), "OUTSIDE_LIMITS");
  // Within the range and its margin, but at the seam, where no tick would let it go.
  EXPECT_EQ(RefusalOf(Move("wrist_roll", 3.06)), "OUTSIDE_LIMITS");

  v1::MoveToRequest request = Move("elbow_flex", 0.1);
  *request.add_targets() = request.targets(0);
  EXPECT_EQ(RefusalOf(request), "DUPLICATE_JOINT");
  request = Move("elbow_flex", 0.1);
  request.mutable_targets(0)->set_opening(0.5);
  EXPECT_EQ(RefusalOf(request), "NOT_A_GRIPPER");
  request = Move("gripper", 0.1);
  request.mutable_targets(0)->set_opening(1.01);
  EXPECT_EQ(RefusalOf(request), "OUTSIDE_LIMITS");
  request.mutable_targets(0)->set_opening(std::nan(""));
  EXPECT_EQ(RefusalOf(request), "NOT_A_NUMBER");
  request.mutable_targets(0)->clear_target();
  EXPECT_EQ(RefusalOf(request), "TARGET_MISSING");
  request = Move("arm/elbow_flex", 0.1);
  request.set_group("left_arm");
  EXPECT_EQ(RefusalOf(request), "SEVERAL_GROUPS");
  request = Move("elbow_flex", 0.1);
  request.mutable_targets(0)->set_position_raw(100'000);
  EXPECT_EQ(RefusalOf(request), "OUTSIDE_LIMITS");
  request = Move("elbow_flex", 0.1);
  request.set_speed_scale(1.5);
  EXPECT_EQ(RefusalOf(request), "BAD_SPEED_SCALE");
  request = Move("elbow_flex", 0.1);
  request.mutable_duration()->set_seconds(-1);
  EXPECT_EQ(RefusalOf(request), "BAD_DURATION");
  request.clear_targets();
  request.clear_duration();
  EXPECT_EQ(RefusalOf(request), "NOTHING_TO_DO");
  EXPECT_TRUE(served_.robot.moves().empty());
}

TEST_F(MotionServiceTest, NamesJointValueAndLimitOfATargetOutside) {
  const v1::ErrorDetail detail = DetailOf(Run(Move("elbow_flex", 1.6)));
  EXPECT_EQ(detail.subject(), "arm/elbow_flex");
  EXPECT_NE(detail.message().find("1.6"), std::string::npos) << detail.message();
  EXPECT_EQ(detail.facts().at("value_rad"), "1.6");
  EXPECT_EQ(detail.facts().at("lower_rad"), "-1.536");  // half a turn's range less 2 degrees
  EXPECT_EQ(detail.facts().at("upper_rad"), "1.536");
  v1::MoveToRequest opening = Move("gripper", 0);
  opening.mutable_targets(0)->set_opening(1.5);
  const auto facts = DetailOf(Run(opening)).facts();
  EXPECT_EQ(facts.at("value"), "1.5");
  EXPECT_EQ(facts.at("lower"), "0");
  EXPECT_EQ(facts.at("upper"), "1");
}

TEST_F(MotionServiceTest, MovesAGripperByItsOpeningWithinTheMargin) {
  v1::MoveToRequest request = Move("gripper", 0);
  request.mutable_targets(0)->set_opening(0);
  ASSERT_TRUE(Run(request).ok());
  request.mutable_targets(0)->set_opening(0.5);
  ASSERT_TRUE(Run(request).ok());
  EXPECT_NEAR(served_.robot.moves().at(0).target_rad[5], 2 * kRadPerDeg, 1e-9);
  EXPECT_NEAR(served_.robot.moves().at(1).target_rad[5], kPi / 2, 1e-9);
}

TEST_F(MotionServiceTest, MovesToAPoseWithTargetsOnTop) {
  v1::MoveToRequest request = Move("gripper", 0.9);
  request.set_pose("rest");
  ASSERT_TRUE(Run(request).ok());
  const MoveRequest move = served_.robot.moves().at(0);
  EXPECT_EQ(move.joints, MaskOf(2) | MaskOf(5));
  EXPECT_EQ(move.target_rad[2], 0.5);
  EXPECT_EQ(move.target_rad[5], 0.9);
  request.set_pose("home");
  const v1::ErrorDetail unknown = DetailOf(Run(request));
  EXPECT_EQ(unknown.reason(), "UNKNOWN_POSE");
  EXPECT_EQ(unknown.facts().at("poses"), "broken, rest");
  request.set_pose("broken");
  EXPECT_EQ(RefusalOf(request), "OUTSIDE_LIMITS");
}

}  // namespace
}  // namespace soarm
