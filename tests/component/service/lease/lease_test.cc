#include <gtest/gtest.h>

#include "soarm/v1/lease.grpc.pb.h"
#include "tests/component/service/fixture.h"

namespace soarm {
namespace {

class LeaseServiceTest : public testing::Test {
 protected:
  static v1::AcquireLeaseRequest Request() {
    v1::AcquireLeaseRequest request;
    request.set_client_name("policy@gpu-box");
    return request;
  }
  grpc::Status Acquire(const v1::AcquireLeaseRequest& request) {
    return stub_->AcquireLease(Patiently().get(), request, &acquired_);
  }
  std::string RefusalOf(const v1::AcquireLeaseRequest& request) {
    const grpc::Status status = Acquire(request);
    EXPECT_FALSE(status.ok());
    return DetailOf(status).reason();
  }

  ServedRobot served_;
  std::unique_ptr<v1::LeaseService::Stub> stub_ = v1::LeaseService::NewStub(served_.channel);
  v1::AcquireLeaseResponse acquired_;
};

TEST_F(LeaseServiceTest, AsksForATeleopLeaseByDefault) {
  ASSERT_TRUE(Acquire(Request()).ok());
  const LeaseRequest asked = served_.robot.last_lease_request();
  EXPECT_EQ(asked.lease_class, LeaseClass::kTeleop);
  EXPECT_EQ(asked.highest_allowed, LeaseClass::kSupervisor) << "within this process";
  EXPECT_EQ(asked.ttl, Nanos(0));
  EXPECT_FALSE(asked.preempt);
  EXPECT_EQ(acquired_.lease().epoch(), 77);
  EXPECT_EQ(acquired_.lease().token(), "token");
  EXPECT_EQ(acquired_.granted_ttl().seconds(), 2);
}

TEST_F(LeaseServiceTest, PassesOnWhatWasAsked) {
  v1::AcquireLeaseRequest request = Request();
  request.add_groups("arm");
  request.set_lease_class(v1::AUTONOMY);
  request.set_preempt(true);
  request.set_purpose("grasping");
  request.mutable_ttl()->set_seconds(5);
  ASSERT_TRUE(Acquire(request).ok());
  const LeaseRequest asked = served_.robot.last_lease_request();
  EXPECT_EQ(asked.groups, std::vector<std::string>{"arm"});
  EXPECT_EQ(asked.lease_class, LeaseClass::kAutonomy);
  EXPECT_TRUE(asked.preempt);
  EXPECT_EQ(asked.ttl, std::chrono::seconds(5));
  v1::ListLeasesResponse listed;
  ASSERT_TRUE(stub_->ListLeases(Patiently().get(), {}, &listed).ok());
  ASSERT_EQ(listed.leases_size(), 1);
  EXPECT_EQ(listed.leases(0).lease_class(), v1::AUTONOMY);
  EXPECT_EQ(listed.leases(0).client_name(), "policy@gpu-box");
  EXPECT_EQ(listed.leases(0).purpose(), "grasping");
  EXPECT_EQ(listed.leases(0).age().nanos(), 500'000'000);
}

TEST_F(LeaseServiceTest, RefusesMalformedRequests) {
  v1::AcquireLeaseRequest request;
  EXPECT_EQ(RefusalOf(request), "CLIENT_NAME_MISSING");
  for (const std::string& name : {std::string("  "), std::string("\u200b"), std::string(1, '\0')}) {
    request.set_client_name(name);
    EXPECT_EQ(RefusalOf(request), "CLIENT_NAME_MISSING") << "as good as none";
  }
  request = Request();
  request.set_client_name(std::string(257, 'x'));
  EXPECT_EQ(RefusalOf(request), "TEXT_TOO_LONG");
  request = Request();
  request.set_lease_class(static_cast<v1::LeaseClass>(42));
  EXPECT_EQ(RefusalOf(request), "UNKNOWN_LEASE_CLASS");
  request = Request();
  request.add_groups("tail");
  EXPECT_EQ(RefusalOf(request), "UNKNOWN_GROUP");
  request = Request();
  request.mutable_ttl()->set_seconds(-1);
  EXPECT_EQ(RefusalOf(request), "BAD_TTL");
  EXPECT_TRUE(served_.robot.calls().empty());
}

TEST_F(LeaseServiceTest, RenewsAndReleases) {
  ASSERT_TRUE(Acquire(Request()).ok());
  v1::RenewLeaseRequest renew;
  v1::RenewLeaseResponse renewed;
  EXPECT_EQ(DetailOf(stub_->RenewLease(Patiently().get(), renew, &renewed)).reason(),
            "LEASE_MISSING");
  *renew.mutable_lease() = acquired_.lease();
  ASSERT_TRUE(stub_->RenewLease(Patiently().get(), renew, &renewed).ok());
  EXPECT_EQ(renewed.granted_ttl().seconds(), 2);
  v1::ReleaseLeaseRequest release;
  v1::ReleaseLeaseResponse released;
  EXPECT_EQ(DetailOf(stub_->ReleaseLease(Patiently().get(), release, &released)).reason(),
            "LEASE_MISSING");
  *release.mutable_lease() = acquired_.lease();
  EXPECT_TRUE(stub_->ReleaseLease(Patiently().get(), release, &released).ok());
  EXPECT_TRUE(served_.robot.WaitForCall("ReleaseLease"));
}

TEST(LeaseClassTest, TheUnixSocketAllowsSupervisorsAndTcpDoesNot) {
  const ScratchFolder folder;
  ServingOptions options;
  options.listen = {"unix:" + folder.Path("soarmd.sock"), "127.0.0.1:0"};
  ServedRobot served({"so101"}, options);
  v1::AcquireLeaseRequest request;
  request.set_client_name("operator");
  for (const std::string& address : served.server->addresses()) {
    const auto stub =
        v1::LeaseService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
    v1::AcquireLeaseResponse response;
    ASSERT_TRUE(stub->AcquireLease(Patiently().get(), request, &response).ok());
    EXPECT_EQ(served.robot.last_lease_request().highest_allowed,
              address.starts_with("unix:") ? LeaseClass::kSupervisor : LeaseClass::kTeleop);
  }
}

}  // namespace
}  // namespace soarm
