#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/component/service/fixture.h"
#include "tests/component/service/reflection_client.h"

namespace soarm {
namespace {

bool Defines(const std::vector<google::protobuf::FileDescriptorProto>& files,
             const std::string& service) {
  return std::any_of(files.begin(), files.end(), [&](const auto& file) {
    return std::any_of(file.service().begin(), file.service().end(), [&](const auto& each) {
      return file.package() + "." + each.name() == service && each.method_size() > 0;
    });
  });
}

TEST(ReflectionTest, ListsAndDescribesEveryService) {
  const ServedRobot served;
  ReflectionClient client(served.channel);
  const std::vector<std::string> services = client.ListServices();
  EXPECT_THAT(services, testing::IsSupersetOf({"soarm.v1.RobotService", "soarm.v1.StateService",
                                               "soarm.v1.MotionService", "soarm.v1.PoseService",
                                               "soarm.v1.LeaseService", "soarm.v1.SafetyService",
                                               "grpc.health.v1.Health"}));
  for (const std::string& service : services) {
    EXPECT_TRUE(Defines(client.FilesFor(service), service)) << service;
  }
}

TEST(ReflectionTest, DescribesWhatErrorsCarry) {
  const ServedRobot served;
  EXPECT_FALSE(ReflectionClient(served.channel).FilesFor("soarm.v1.ErrorDetail").empty());
}

}  // namespace
}  // namespace soarm
