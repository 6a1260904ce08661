// Every method of every service, as their descriptors have them, is called by everybody there is.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include "server/sim_service/sim_service.h"
#include "soarm/v1/access.pb.h"
#include "soarm/v1/lease.grpc.pb.h"
#include "soarm/v1/safety.grpc.pb.h"
#include "tests/component/service/fixture.h"
#include "tests/component/service/served_methods.h"

namespace soarm {
namespace {

using google::protobuf::MethodDescriptor;
using Methods = std::set<std::string>;

// Written by hand: whoever changes a rule has to change it here as well, and so to mean it.
const Methods kForViewers = {
    "grpc.health.v1.Health.Check",
    "grpc.health.v1.Health.Watch",
    "soarm.v1.ClockService.Sync",
    "soarm.v1.LeaseService.ListLeases",
    "soarm.v1.PoseService.List",
    "soarm.v1.RobotService.GetDescription",
    "soarm.v1.RobotService.GetInfo",
    "soarm.v1.RobotService.GetStatus",
    "soarm.v1.SafetyService.GetSafety",
    "soarm.v1.SafetyService.Stop",
    "soarm.v1.StateService.GetState",
    "soarm.v1.StateService.WatchState",
    "soarm.sim.v1.SimService.GetTruth",
    "soarm.sim.v1.SimService.ReadByteLog",
    "soarm.sim.v1.SimService.ReadRegisters",
    "soarm.sim.v1.SimService.WatchTruth",
};
// The same of what operators may besides; the simulated world, too. Everything else is an admin's.
const Methods kForOperators = {
    "soarm.v1.LeaseService.AcquireLease",   "soarm.v1.LeaseService.ReleaseLease",
    "soarm.v1.LeaseService.RenewLease",     "soarm.v1.MotionService.EnableTorque",
    "soarm.v1.MotionService.MoveTo",        "soarm.v1.MotionService.ReleaseTorque",
    "soarm.v1.MotionService.SetSpeedScale", "soarm.v1.MotionService.StreamCommands",
    "soarm.v1.PoseService.Delete",          "soarm.v1.PoseService.Save",
    "soarm.v1.SafetyService.Clear",         "soarm.v1.SafetyService.ClearFault",
};

enum class Who {
  kViewer,
  kOperator,
  kAdmin,
  kRevoked,
  kUnknown,
  kGone,
  kUnix,
  kLoopback,
  kProcess
};
constexpr Who kPaired[] = {Who::kViewer, Who::kOperator, Who::kAdmin};

// Calls `method` with an empty message; OK for a stream that has begun to tell.
grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel, const MethodDescriptor& method) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  const auto context = Patiently();
  const auto next = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const auto call = stub.PrepareCall(
      context.get(), "/" + method.service()->full_name() + "/" + method.name(), &queue);
  call->StartCall(nullptr);
  next();
  const grpc::Slice empty;
  call->WriteLast(grpc::ByteBuffer(&empty, 1), grpc::WriteOptions(), nullptr);
  next();
  grpc::ByteBuffer response;
  call->Read(&response, nullptr);
  const bool told = next();
  if (told) context->TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  EXPECT_TRUE(next());
  return told ? grpc::Status::OK : status;
}

std::string ReasonOf(const grpc::Status& status) {
  return status.ok() ? "" : DetailOf(status).reason();
}

// What the rule in the method's descriptor says, which the code reads in another way.
ClientRole NeededFor(const MethodDescriptor& method) {
  if (method.service()->full_name() == "grpc.health.v1.Health") return ClientRole::kViewer;
  switch (method.options().GetExtension(v1::access)) {
    case v1::VIEWER:
      return ClientRole::kViewer;
    case v1::OPERATOR:
      return ClientRole::kOperator;
    default:
      EXPECT_EQ(method.options().GetExtension(v1::access), v1::ADMIN) << method.full_name();
      return ClientRole::kAdmin;
  }
}

class AccessTest : public testing::Test {
 protected:
  AccessTest() {
    for (const Who who : kPaired) {
      const auto role = static_cast<ClientRole>(who);
      const std::string name(ClientRoleName(role));
      EXPECT_TRUE(ports_.clients.Add({name, "certificate of " + name, role}).ok());
      Come(who, "certificate of " + name);
    }
    EXPECT_TRUE(ports_.clients.Add({"lost", "certificate of lost", ClientRole::kAdmin}).ok());
    EXPECT_TRUE(ports_.clients.Revoke("lost").ok());
    Come(Who::kRevoked, "certificate of lost");
    Come(Who::kUnknown, "certificate of a stranger");
    ports_.remote.ended[NameOf(Who::kGone)] = {"192.168.1.9", "certificate of admin"};

    ServingOptions options;
    options.listen = {"unix:" + folder_.Path("s"), "127.0.0.1:0"};
    auto server = Serve(ports_.With(poses_), options, {&sim_});
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    for (const Who who :
         {Who::kViewer, Who::kOperator, Who::kAdmin, Who::kRevoked, Who::kUnknown, Who::kGone}) {
      channels_[who] = ConnectFrom(NameOf(who), folder_.Path("s"));
    }
    const auto credentials = grpc::InsecureChannelCredentials();
    channels_[Who::kUnix] = grpc::CreateChannel(server_->addresses()[0], credentials);
    channels_[Who::kLoopback] = grpc::CreateChannel(server_->addresses()[1], credentials);
    channels_[Who::kProcess] = server_->InProcessChannel();
    methods_ = ServedMethods(channels_[Who::kProcess]);
  }

  // Abstract names are the whole computer's. gRPC escapes what has a meaning in a URI.
  static std::string NameOf(Who who) {
    return std::string(kRemoteConnectionPrefix) + "test [%] " + std::to_string(::getpid()) + "/" +
           std::to_string(static_cast<int>(who));
  }
  void Come(Who who, const std::string& fingerprint) {
    ports_.remote.callers[NameOf(who)] = {"192.168.1." + std::to_string(static_cast<int>(who)),
                                          fingerprint};
  }
  // Everything whose rule lets in who has `role` and nothing else.
  void ExpectRights(Who who, ClientRole role) {
    for (const MethodDescriptor* method : methods_) {
      SCOPED_TRACE(method->full_name());
      const grpc::Status status = Call(channels_[who], *method);
      const ClientRole needed = NeededFor(*method);
      if (needed <= role) {
        EXPECT_NE(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
        EXPECT_NE(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
        continue;
      }
      EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
      v1::ErrorDetail detail = DetailOf(status);
      EXPECT_EQ(detail.reason(), "ROLE_TOO_LOW");
      auto& facts = *detail.mutable_facts();
      EXPECT_EQ(facts["method"], method->full_name());
      EXPECT_EQ(facts["role"], ClientRoleName(role));
      EXPECT_EQ(facts["needed"], ClientRoleName(needed));
    }
  }
  void ExpectNobody(Who who, const std::string& reason) {
    for (const MethodDescriptor* method : methods_) {
      SCOPED_TRACE(method->full_name());
      const grpc::Status status = Call(channels_[who], *method);
      EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
      EXPECT_EQ(ReasonOf(status), reason);
    }
    EXPECT_TRUE(ports_.robot.Stops().empty());
  }

  const ScratchFolder folder_;
  PortsButPoses ports_;
  PoseBook poses_{"", {}};
  SimService sim_{{}, {ports_.clients, ports_.remote, ports_.audit}};
  std::unique_ptr<ServedDoor> server_;
  std::map<Who, std::shared_ptr<grpc::Channel>> channels_;
  std::vector<const MethodDescriptor*> methods_;
};

TEST_F(AccessTest, IsWhatWasMeant) {
  Methods viewers;
  Methods operators;
  for (const MethodDescriptor* method : methods_) {
    const ClientRole needed = NeededFor(*method);
    if (needed == ClientRole::kViewer) viewers.insert(method->full_name());
    const bool simulated = method->file()->package() == "soarm.sim.v1";
    if (needed == ClientRole::kOperator && !simulated) operators.insert(method->full_name());
  }
  EXPECT_EQ(viewers, kForViewers);
  EXPECT_EQ(operators, kForOperators);
  EXPECT_GT(methods_.size(), viewers.size() + operators.size());
}

TEST_F(AccessTest, OfAViewerIsReadingAndStopping) {
  ExpectRights(Who::kViewer, ClientRole::kViewer);
  EXPECT_EQ(ports_.robot.Stops().size(), 1u);
  for (const MethodDescriptor* method : methods_) {
    if (method->service()->full_name() != "soarm.v1.MotionService") continue;
    EXPECT_EQ(Call(channels_[Who::kViewer], *method).error_code(),
              grpc::StatusCode::PERMISSION_DENIED)
        << method->full_name();
  }
}

TEST_F(AccessTest, OfAnOperatorIsMovingToo) { ExpectRights(Who::kOperator, ClientRole::kOperator); }

TEST_F(AccessTest, OfAnAdminIsEverything) { ExpectRights(Who::kAdmin, ClientRole::kAdmin); }

TEST_F(AccessTest, OfWhoWasRevokedIsNone) { ExpectNobody(Who::kRevoked, "CLIENT_REVOKED"); }

TEST_F(AccessTest, OfWhoWasNeverPairedIsNone) { ExpectNobody(Who::kUnknown, "CLIENT_UNKNOWN"); }

TEST_F(AccessTest, OfAConnectionThatIsForgottenIsTheLeast) {
  ExpectRights(Who::kGone, ClientRole::kViewer);
}

TEST_F(AccessTest, ByTheUnixSocketIsEverything) { ExpectRights(Who::kUnix, ClientRole::kAdmin); }

TEST_F(AccessTest, InThisProcessIsEverything) { ExpectRights(Who::kProcess, ClientRole::kAdmin); }

TEST_F(AccessTest, ByLoopbackIsAnOperators) { ExpectRights(Who::kLoopback, ClientRole::kOperator); }

TEST_F(AccessTest, EndsWithThePairing) {
  const auto stub = v1::SafetyService::NewStub(channels_[Who::kAdmin]);
  v1::SafetyState state;
  ASSERT_TRUE(stub->GetSafety(Patiently().get(), {}, &state).ok());
  ASSERT_TRUE(ports_.clients.Revoke("admin").ok());
  const grpc::Status after = stub->GetSafety(Patiently().get(), {}, &state);
  EXPECT_EQ(after.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonOf(after), "CLIENT_REVOKED") << "on the same connection";
}

TEST_F(AccessTest, RefusedSaysToWhomWhatIsNeededAndWhatHelps) {
  const auto refusal = [this](Who who, const std::string& name) {
    const MethodDescriptor& method =
        *google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
    return DetailOf(Call(channels_[who], method));
  };
  const v1::ErrorDetail viewer = refusal(Who::kViewer, "soarm.v1.MotionService.MoveTo");
  EXPECT_EQ(viewer.subject(), "viewer");
  EXPECT_EQ(viewer.message(),
            "soarm.v1.MotionService.MoveTo is for an operator: client viewer (192.168.1.0) is a "
            "viewer.");
  EXPECT_EQ(
      viewer.fix(),
      "On the robot's computer, `soarm pair revoke viewer`, then pair it anew with `soarm pair "
      "open --role operator`.");
  const std::string pairing = "soarm.v1.PairingService.OpenPairing";
  const v1::ErrorDetail local = refusal(Who::kLoopback, pairing);
  EXPECT_NE(local.message().find(pairing + " is for an admin: ipv4:127.0.0.1:"), std::string::npos);
  EXPECT_EQ(local.fix(), "Call it through the Unix socket of the program that serves it.");
}

TEST_F(AccessTest, NamesTheClientAsTheSourceOfItsStop) {
  for (const Who who : {Who::kViewer, Who::kGone}) {
    v1::StopResponse stopped;
    const auto stub = v1::SafetyService::NewStub(channels_[who]);
    ASSERT_TRUE(stub->Stop(Patiently().get(), {}, &stopped).ok());
  }
  const std::vector<StopAssertion> stops = ports_.robot.Stops();
  ASSERT_EQ(stops.size(), 2u);
  EXPECT_EQ(stops[0].source, "rpc client viewer (192.168.1.0)");
  EXPECT_EQ(stops[1].source, "rpc client admin (gone)");
}

TEST_F(AccessTest, ToLeasesIsUpToTheClassOfTheRole) {
  v1::AcquireLeaseRequest request;
  request.set_client_name("anybody");
  for (const auto& [who, highest] :
       {std::pair{Who::kOperator, LeaseClass::kTeleop}, {Who::kAdmin, LeaseClass::kSupervisor}}) {
    v1::AcquireLeaseResponse response;
    const auto stub = v1::LeaseService::NewStub(channels_[who]);
    ASSERT_TRUE(stub->AcquireLease(Patiently().get(), request, &response).ok());
    EXPECT_EQ(ports_.robot.last_lease_request().highest_allowed, highest);
    EXPECT_EQ(ports_.robot.last_lease_request().client_name, "anybody");
  }
}

}  // namespace
}  // namespace soarm
