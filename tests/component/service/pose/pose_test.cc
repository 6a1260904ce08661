#include <filesystem>
#include <fstream>
#include <future>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "soarm/v1/pose.grpc.pb.h"
#include "soarm/v1/safety.grpc.pb.h"
#include "tests/component/service/fixture.h"

namespace soarm {
namespace {

class PoseServiceTest : public testing::Test {
 protected:
  grpc::Status Save(const std::string& name, v1::SavePoseResponse* response) {
    v1::SavePoseRequest request;
    request.set_name(name);
    return stub_->Save(Patiently().get(), request, response);
  }

  ServedRobot served_{{"so101"}, {}, {{"arm", "rest", {{"elbow_flex", 0.5}}, true}}};
  std::unique_ptr<v1::PoseService::Stub> stub_ = v1::PoseService::NewStub(served_.channel);
};

TEST_F(PoseServiceTest, SavesWhereTheArmIs) {
  v1::SavePoseResponse saved;
  const grpc::Status status = Save("here", &saved);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(saved.pose().group(), "arm");
  EXPECT_EQ(saved.pose().joints_rad().size(), 6U);
  const BusState state = served_.robot.State(0);
  EXPECT_NEAR(saved.pose().joints_rad().at("shoulder_pan"), state.joints[0].sample.position_rad,
              1e-6);
  v1::ListPosesResponse poses;
  ASSERT_TRUE(stub_->List(Patiently().get(), {}, &poses).ok());
  ASSERT_EQ(poses.poses_size(), 2);
  EXPECT_EQ(poses.poses(0).name(), "here");
  EXPECT_TRUE(poses.poses(1).configured());
}

TEST_F(PoseServiceTest, ANameHasToBeOne) {
  v1::SavePoseResponse saved;
  for (const char* name : {"", "Rest", "a/b", "../etc", "a b"}) {
    EXPECT_EQ(DetailOf(Save(name, &saved)).reason(), "BAD_POSE_NAME") << name;
  }
}

TEST_F(PoseServiceTest, AJointThatDoesNotAnswerIsNamedAndNothingIsSaved) {
  served_.robot.Edit(0, [](BusState& state) { state.joints[2].sample.misses = 1; });
  v1::SavePoseResponse saved;
  const grpc::Status status = Save("here", &saved);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(DetailOf(status).reason(), "JOINT_STALE");
  EXPECT_EQ(DetailOf(status).subject(), "arm/elbow_flex");
  EXPECT_EQ(served_.poses->List().size(), 1u);
}

// A store that fails as none should.
class FailingPoses final : public PoseStore {
 public:
  std::vector<NamedPose> List() const override { throw std::runtime_error("no list"); }
  absl::Status Save(const NamedPose&) override { throw std::runtime_error("no save"); }
  absl::Status Delete(std::string_view, std::string_view) override {
    throw std::runtime_error("no delete");
  }
};

TEST(FailingPosesTest, AreADefectThatTheCallIsTold) {
  PortsButPoses ports;
  FailingPoses poses;
  const auto server = RpcServer::Start(ports.With(poses), {});
  ASSERT_TRUE(server.ok()) << server.status();
  const auto stub = v1::PoseService::NewStub((*server)->InProcessChannel());
  v1::ListPosesResponse listed;
  v1::SavePoseRequest save;
  save.set_name("here");
  v1::SavePoseResponse saved;
  for (const grpc::Status& status :
       {stub->List(Patiently().get(), {}, &listed), stub->Save(Patiently().get(), save, &saved)}) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
    EXPECT_EQ(DetailOf(status).reason(), "INTERNAL_ERROR");
    EXPECT_NE(status.error_message().find("no "), std::string::npos);
  }
}

TEST(PoseOfABaseTest, IsRefusedAsNothingCouldMoveThere) {
  ServedRobot served({"lekiwi"});
  const auto stub = v1::PoseService::NewStub(served.channel);
  v1::SavePoseRequest request;
  request.set_name("here");
  request.set_group("base");
  v1::SavePoseResponse saved;
  const grpc::Status status = stub->Save(Patiently().get(), request, &saved);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailOf(status).reason(), "WRONG_GROUP_KIND");
}

TEST_F(PoseServiceTest, ConfiguredPosesAreNeitherReplacedNorDeleted) {
  v1::SavePoseResponse saved;
  EXPECT_EQ(DetailOf(Save("rest", &saved)).reason(), "POSE_CONFIGURED");
  v1::DeletePoseRequest request;
  request.set_name("rest");
  v1::DeletePoseResponse deleted;
  EXPECT_EQ(DetailOf(stub_->Delete(Patiently().get(), request, &deleted)).reason(),
            "POSE_CONFIGURED");
}

TEST_F(PoseServiceTest, UnknownPosesAndGroupsAreNamed) {
  v1::DeletePoseRequest request;
  request.set_name("nowhere");
  v1::DeletePoseResponse deleted;
  EXPECT_EQ(DetailOf(stub_->Delete(Patiently().get(), request, &deleted)).reason(), "UNKNOWN_POSE");
  request.set_name(std::string(20'000, 'x'));
  EXPECT_EQ(DetailOf(stub_->Delete(Patiently().get(), request, &deleted)).reason(),
            "TEXT_TOO_LONG");
  request.set_group(std::string(20'000, 'x'));
  request.set_name("rest");
  const grpc::Status unknown = stub_->Delete(Patiently().get(), request, &deleted);
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(DetailOf(unknown).reason(), "UNKNOWN_GROUP") << "however long what it is about";
  v1::ListPosesRequest list;
  list.set_group("wings");
  v1::ListPosesResponse poses;
  EXPECT_EQ(DetailOf(stub_->List(Patiently().get(), list, &poses)).reason(), "UNKNOWN_GROUP");
}

TEST(HangingDiskTest, PosesThatWaitForTheDiskHoldUpNoOtherCall) {
  const ScratchFolder folder;
  std::promise<void> disk_answers;
  const std::shared_future<void> answered = disk_answers.get_future().share();
  PortsButPoses ports;
  PoseBook poses(folder.Path("poses.toml"), {}, [answered] {
    answered.wait();
    return absl::OkStatus();
  });
  const auto server = RpcServer::Start(ports.With(poses), {});
  ASSERT_TRUE(server.ok()) << server.status();
  const auto channel = (*server)->InProcessChannel();
  std::vector<std::future<grpc::Status>> saves;
  for (int i = 0; i < 8; ++i) {
    saves.push_back(std::async(std::launch::async, [&channel, i] {
      v1::SavePoseRequest request;
      request.set_name("pose" + std::to_string(i));
      v1::SavePoseResponse response;
      return v1::PoseService::NewStub(channel)->Save(Patiently().get(), request, &response);
    }));
  }
  v1::ListPosesResponse listed;
  EXPECT_TRUE(v1::PoseService::NewStub(channel)->List(Patiently().get(), {}, &listed).ok());
  EXPECT_EQ(listed.poses_size(), 0);
  v1::StopResponse stopped;
  EXPECT_TRUE(v1::SafetyService::NewStub(channel)->Stop(Patiently().get(), {}, &stopped).ok());
  disk_answers.set_value();
  for (auto& save : saves) EXPECT_TRUE(save.get().ok());
}

int ThreadsOf(const std::string& name) {
  int count = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string comm;
    std::getline(std::ifstream(task.path() / "comm"), comm);
    count += comm == name ? 1 : 0;
  }
  return count;
}

// Who ends the server lets it do so aside, and could not wait for its destructor.
TEST(HangingDiskTest, TheEndOfTheServerIsTheEndOfItsDisk) {
  ServedRobot served;
  const auto stub = v1::PoseService::NewStub(served.channel);
  v1::SavePoseRequest request;
  request.set_name("rest");
  v1::SavePoseResponse response;
  ASSERT_TRUE(stub->Save(Patiently().get(), request, &response).ok());
  EXPECT_EQ(ThreadsOf("disk"), 2) << "of poses and of pairing";
  served.server->Shutdown();
  EXPECT_EQ(ThreadsOf("disk"), 0);
}

}  // namespace
}  // namespace soarm
