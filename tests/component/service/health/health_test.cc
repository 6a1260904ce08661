#include <gtest/gtest.h>

#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/component/service/fixture.h"

namespace soarm {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

class HealthTest : public testing::Test {
 protected:
  grpc::Status Check(const std::string& name, HealthCheckResponse& response) {
    HealthCheckRequest request;
    request.set_service(name);
    return stub_->Check(Patiently().get(), request, &response);
  }
  HealthCheckResponse::ServingStatus StatusOf(const std::string& name) {
    HealthCheckResponse response;
    const grpc::Status status = Check(name, response);
    EXPECT_TRUE(status.ok()) << name << ": " << status.error_message();
    return response.status();
  }

  ServedRobot served_{{"so101", "so101_leader"}};
  std::unique_ptr<Health::Stub> stub_ = Health::NewStub(served_.channel);
};

TEST_F(HealthTest, ServesUnderEverySubsystemsName) {
  for (const char* name : {"", "control", "bus/arm", "bus/leader"}) {
    EXPECT_EQ(StatusOf(name), HealthCheckResponse::SERVING) << name;
  }
}

TEST_F(HealthTest, DoesNotServeWhileABusIsClosed) {
  served_.robot.SetOpenError(0, absl::UnavailableError("no device"));
  EXPECT_EQ(StatusOf("bus/arm"), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(StatusOf("bus/leader"), HealthCheckResponse::SERVING);
  EXPECT_EQ(StatusOf("control"), HealthCheckResponse::SERVING);
  EXPECT_EQ(StatusOf(""), HealthCheckResponse::NOT_SERVING);
}

TEST_F(HealthTest, DoesNotServeWhenTheControlLoopStandsStill) {
  served_.clock.Advance(std::chrono::seconds(2));
  EXPECT_EQ(StatusOf("control"), HealthCheckResponse::NOT_SERVING);
  served_.robot.Tick();
  EXPECT_EQ(StatusOf("control"), HealthCheckResponse::SERVING);
}

TEST_F(HealthTest, ADeviceThatIsNoBusHasAHealthAndIsPartOfTheWhole) {
  DeviceInfo camera;
  camera.name = "camera/front";
  camera.open = true;
  camera.alive_at = served_.clock.Now();
  served_.robot.SetOthers({camera});
  EXPECT_EQ(StatusOf("camera/front"), HealthCheckResponse::SERVING);
  EXPECT_EQ(StatusOf(""), HealthCheckResponse::SERVING);
  served_.clock.Advance(std::chrono::seconds(2));
  served_.robot.Tick();
  EXPECT_EQ(StatusOf("camera/front"), HealthCheckResponse::NOT_SERVING) << "it stands still";
  EXPECT_EQ(StatusOf(""), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(StatusOf("control"), HealthCheckResponse::SERVING);
  camera.alive_at = served_.clock.Now();
  camera.open = false;
  served_.robot.SetOthers({camera});
  EXPECT_EQ(StatusOf("camera/front"), HealthCheckResponse::NOT_SERVING);
}

TEST_F(HealthTest, RefusesAnUnknownName) {
  HealthCheckResponse response;
  const grpc::Status status = Check("bus/elbow", response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(DetailOf(status).reason(), "UNKNOWN_SUBSYSTEM");
}

TEST_F(HealthTest, WatchTellsTheStatusAndEachChange) {
  HealthCheckRequest request;
  request.set_service("bus/arm");
  const auto context = Patiently();
  const auto reader = stub_->Watch(context.get(), request);
  HealthCheckResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  ASSERT_TRUE(served_.robot.WaitForListeners(ServedRobot::kOwnListeners + 1));
  served_.robot.SetOpenError(0, absl::UnavailableError("no device"));
  served_.robot.Tick();
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  context->TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(served_.robot.WaitForListeners(ServedRobot::kOwnListeners));
}

TEST_F(HealthTest, WatchOfAnUnknownNameStaysOpen) {
  HealthCheckRequest request;
  request.set_service("camera/wrist");
  const auto context = Patiently();
  const auto reader = stub_->Watch(context.get(), request);
  HealthCheckResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVICE_UNKNOWN);
  context->TryCancel();
  reader->Finish();
}

}  // namespace
}  // namespace soarm
