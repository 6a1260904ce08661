#include <fstream>
#include <future>
#include <iterator>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "common/base/problem.h"
#include "soarm/v1/pairing.grpc.pb.h"
#include "tests/component/service/fixture.h"

namespace soarm {
namespace {

class PairingServiceTest : public testing::Test {
 protected:
  grpc::Status Open(const v1::OpenPairingRequest& request, v1::OpenPairingResponse* response) {
    return stub_->OpenPairing(Patiently().get(), request, response);
  }

  ServedRobot served_;
  std::unique_ptr<v1::PairingService::Stub> stub_ = v1::PairingService::NewStub(served_.channel);
};

TEST_F(PairingServiceTest, OffersAnOperatorTwoMinutesUnlessAskedOtherwise) {
  v1::OpenPairingResponse offer;
  ASSERT_TRUE(Open({}, &offer).ok());
  EXPECT_EQ(offer.join_string(), "soarm-pair:1/here");
  EXPECT_EQ(offer.open_for().seconds(), 120);
  EXPECT_EQ(offer.role(), v1::OPERATOR);
  EXPECT_EQ(served_.pairing.opened_as, ClientRole::kOperator);
  v1::OpenPairingRequest viewer;
  viewer.set_role(v1::VIEWER);
  viewer.mutable_open_for()->set_seconds(10);
  ASSERT_TRUE(Open(viewer, &offer).ok());
  EXPECT_EQ(offer.open_for().seconds(), 10);
  EXPECT_EQ(served_.pairing.opened_as, ClientRole::kViewer);
}

TEST_F(PairingServiceTest, RefusesRolesAndTimesThatThereAreNone) {
  v1::OpenPairingResponse offer;
  v1::OpenPairingRequest request;
  request.set_role(static_cast<v1::Access>(99));
  EXPECT_EQ(DetailOf(Open(request, &offer)).reason(), "BAD_ROLE");
  for (const int seconds : {0, 9, 3601, -1}) {
    v1::OpenPairingRequest times;
    times.mutable_open_for()->set_seconds(seconds);
    EXPECT_EQ(DetailOf(Open(times, &offer)).reason(), "BAD_DURATION") << seconds;
  }
  EXPECT_FALSE(served_.pairing.opened_as);
}

TEST_F(PairingServiceTest, PassesRefusalsOn) {
  served_.pairing.refusal =
      Refuse(absl::StatusCode::kFailedPrecondition, "NO_TLS_ADDRESS", "", "None.", "Add one.");
  v1::OpenPairingResponse offer;
  EXPECT_EQ(DetailOf(Open({}, &offer)).reason(), "NO_TLS_ADDRESS");
}

TEST_F(PairingServiceTest, TellsWhatBecameOfAnOffer) {
  v1::PairingState state;
  ASSERT_TRUE(stub_->GetPairing(Patiently().get(), {}, &state).ok());
  EXPECT_FALSE(state.open());
  served_.pairing.state = {.open = true,
                           .left = std::chrono::seconds(7),
                           .tries_left = 3,
                           .paired = std::nullopt,
                           .ended = "",
                           .failure = {}};
  ASSERT_TRUE(stub_->GetPairing(Patiently().get(), {}, &state).ok());
  EXPECT_TRUE(state.open());
  EXPECT_EQ(state.left().seconds(), 7);
  EXPECT_EQ(state.tries_left(), 3);
  EXPECT_FALSE(state.has_paired());
  EXPECT_FALSE(state.has_failure());
  served_.pairing.state.failure =
      Refuse(absl::StatusCode::kUnavailable, "NOT_SAVED", "", "Full.", "Make room.");
  ASSERT_TRUE(stub_->GetPairing(Patiently().get(), {}, &state).ok());
  EXPECT_EQ(state.failure().reason(), "NOT_SAVED");
  EXPECT_EQ(state.failure().fix(), "Make room.");
  v1::ClosePairingResponse closed;
  ASSERT_TRUE(stub_->ClosePairing(Patiently().get(), {}, &closed).ok());
  EXPECT_TRUE(served_.pairing.closed);
}

TEST_F(PairingServiceTest, ListsAndRevokesClients) {
  PairedClient laptop;
  laptop.name = "laptop";
  laptop.fingerprint = "aabbccdd";
  laptop.role = ClientRole::kAdmin;
  ASSERT_TRUE(served_.clients.Add(laptop).ok());
  v1::ListClientsResponse listed;
  ASSERT_TRUE(stub_->ListClients(Patiently().get(), {}, &listed).ok());
  ASSERT_EQ(listed.clients_size(), 1);
  EXPECT_EQ(listed.clients(0).name(), "laptop");
  EXPECT_EQ(listed.clients(0).role(), v1::ADMIN);
  ASSERT_TRUE(served_.clients.Revoke("laptop").ok());  // which the real desk does
  v1::RevokeClientRequest request;
  request.set_client("laptop");
  v1::RevokeClientResponse revoked;
  ASSERT_TRUE(stub_->RevokeClient(Patiently().get(), request, &revoked).ok());
  EXPECT_TRUE(revoked.client().revoked());
  EXPECT_EQ(served_.robot.calls().back().method, "RevokeLeases");
  EXPECT_EQ(served_.robot.calls().back().detail, "laptop");
}

TEST(HangingDiskTest, ARevocationDoesNotWaitForItsDisk) {
  const ScratchFolder folder;
  std::promise<void> disk_answers;
  const std::shared_future<void> answered = disk_answers.get_future().share();
  bool hangs = false;
  ClientBook clients(folder.Path("clients.toml"), [&hangs, answered] {
    if (hangs) answered.wait();
    return absl::OkStatus();
  });
  ASSERT_TRUE(clients.Add({"laptop", "aabbccdd", ClientRole::kOperator}).ok());
  ASSERT_TRUE(clients.Revoke("laptop").ok());  // which the real desk does
  hangs = true;
  PortsButPoses ports;
  PoseBook poses("", {});
  const auto server = RpcServer::Start(
      {ports.robot, poses, clients, ports.pairing, ports.remote, ports.audit, ports.clock, nullptr},
      {});
  ASSERT_TRUE(server.ok()) << server.status();
  const auto channel = (*server)->InProcessChannel();
  auto revoked = std::async(std::launch::async, [&channel] {
    v1::RevokeClientRequest request;
    request.set_client("laptop");
    v1::RevokeClientResponse response;
    return v1::PairingService::NewStub(channel)->RevokeClient(Patiently().get(), request,
                                                              &response);
  });
  EXPECT_TRUE(ports.robot.WaitForCall("RevokeLeases"));
  disk_answers.set_value();
  EXPECT_TRUE(revoked.get().ok());
  EXPECT_TRUE(ClientBook(folder.Path("clients.toml")).Find("aabbccdd")->revoked);
}

TEST_F(PairingServiceTest, LeasesEndAlsoWhereARevocationIsRefusedAndNotOfWhoHasTheNameNow) {
  for (const auto& [name, fingerprint] : {std::pair("laptop", "aabbccdd"), {"desk", "bbccddee"}}) {
    ASSERT_TRUE(served_.clients.Add({name, fingerprint, ClientRole::kOperator}).ok());
    ASSERT_TRUE(served_.clients.Revoke(name).ok());
  }
  ASSERT_TRUE(served_.clients.Add({"desk", "ccddeeff", ClientRole::kOperator}).ok());
  served_.pairing.refusal =
      Refuse(absl::StatusCode::kNotFound, "UNKNOWN_CLIENT", "", "None.", "Look.");
  v1::RevokeClientRequest request;
  request.set_client("laptop");
  v1::RevokeClientResponse revoked;
  EXPECT_EQ(DetailOf(stub_->RevokeClient(Patiently().get(), request, &revoked)).reason(),
            "UNKNOWN_CLIENT");
  ASSERT_EQ(served_.robot.calls().size(), 1u);
  EXPECT_EQ(served_.robot.calls()[0].detail, "laptop");
}

TEST(FullDiskTest, WhoIsOutAndNotKeptOutIsToldOfWithWhatToDo) {
  bool full = false;
  const ScratchFolder folder;
  ClientBook kept(folder.Path("clients.toml"), [&full] {
    return full ? Refuse(absl::StatusCode::kUnavailable, "NOT_SAVED", "clients.toml",
                         "clients.toml could not be written: No space left on device.",
                         "Make room on the disk.")
                : absl::OkStatus();
  });
  ASSERT_TRUE(kept.Add({"laptop", "aabbccdd", ClientRole::kOperator}).ok());
  ASSERT_TRUE(kept.Revoke("laptop").ok());  // which the real desk does
  PortsButPoses ports;
  PoseBook poses("", {});
  const auto server = RpcServer::Start(
      {ports.robot, poses, kept, ports.pairing, ports.remote, ports.audit, ports.clock, nullptr},
      {});
  ASSERT_TRUE(server.ok()) << server.status();
  const auto stub = v1::PairingService::NewStub((*server)->InProcessChannel());
  full = true;
  v1::RevokeClientRequest request;
  request.set_client("laptop");
  v1::RevokeClientResponse response;
  const v1::ErrorDetail refused =
      DetailOf(stub->RevokeClient(Patiently().get(), request, &response));
  EXPECT_EQ(refused.reason(), "NOT_SAVED");
  EXPECT_EQ(refused.message(),
            "The client laptop is out now, but a restart of soarmd would let it in again: "
            "clients.toml could not be written: No space left on device.");
  EXPECT_EQ(refused.fix(), "Make room on the disk. Then repeat it: `soarm pair revoke fp-laptop`.");
  EXPECT_EQ(ports.audit.events().back().outcome, "NOT_SAVED");
  EXPECT_EQ(ports.audit.events().back().facts.at("client"), "laptop");
  full = false;
  EXPECT_TRUE(stub->RevokeClient(Patiently().get(), request, &response).ok());
  EXPECT_TRUE(ClientBook(folder.Path("clients.toml")).Find("aabbccdd")->revoked);
}

TEST(DamagedClientsTest, WhoAsksForTheClientsIsToldThatNobodyKnowsThem) {
  const ScratchFolder folder;
  std::ofstream(folder.Path("clients.toml")) << "count = 7\n";
  ClientBook clients(folder.Path("clients.toml"));
  PortsButPoses ports;
  PoseBook poses("", {});
  const auto server = RpcServer::Start(
      {ports.robot, poses, clients, ports.pairing, ports.remote, ports.audit, ports.clock, nullptr},
      {});
  ASSERT_TRUE(server.ok()) << server.status();
  v1::ListClientsResponse listed;
  const grpc::Status status = v1::PairingService::NewStub((*server)->InProcessChannel())
                                  ->ListClients(Patiently().get(), {}, &listed);
  EXPECT_EQ(DetailOf(status).reason(), "BAD_STATE_FILE");
}

TEST_F(PairingServiceTest, TheAuditSaysWhoWasRevokedAndWhatWasOfferedAndHowThatEnded) {
  v1::RevokeClientResponse revoked;
  for (const char* name : {"bench", "desk"}) {
    v1::RevokeClientRequest request;
    request.set_client(name);
    EXPECT_TRUE(stub_->RevokeClient(Patiently().get(), request, &revoked).ok());
  }
  v1::OpenPairingRequest viewer;
  viewer.set_role(v1::VIEWER);
  v1::OpenPairingResponse offer;
  EXPECT_TRUE(Open(viewer, &offer).ok());
  served_.pairing.refusal =
      Refuse(absl::StatusCode::kNotFound, "UNKNOWN_CLIENT", "", "None.", "Look.");
  v1::RevokeClientRequest unknown;
  unknown.set_client("no\nbody");
  EXPECT_FALSE(stub_->RevokeClient(Patiently().get(), unknown, &revoked).ok());
  EXPECT_FALSE(Open({}, &offer).ok());

  const std::string revoke = "soarm.v1.PairingService.RevokeClient";
  const std::string open = "soarm.v1.PairingService.OpenPairing";
  using Facts = std::map<std::string, std::string>;
  struct {
    std::string what;
    std::string outcome;
    Facts facts;
  } const expected[] = {
      {revoke, "OK", {{"client", "bench"}, {"fingerprint", "fp-bench"}}},
      {revoke, "OK", {{"client", "desk"}, {"fingerprint", "fp-desk"}}},
      {open, "OK", {{"role", "viewer"}}},
      {revoke, "UNKNOWN_CLIENT", {{"client", "no body"}}},
      {open, "UNKNOWN_CLIENT", {{"role", "operator"}}},
  };
  const std::vector<AuditEvent> events = served_.audit.events();
  ASSERT_EQ(events.size(), std::size(expected));
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].what, expected[i].what) << i;
    EXPECT_EQ(events[i].outcome, expected[i].outcome) << i;
    EXPECT_EQ(events[i].facts, expected[i].facts) << i;
    EXPECT_TRUE(events[i].grave) << i;
  }
}

TEST_F(PairingServiceTest, TheAuditHearsOfWhatChangesAndNotOfWhatIsRead) {
  v1::PairingState state;
  ASSERT_TRUE(stub_->GetPairing(Patiently().get(), {}, &state).ok());
  v1::OpenPairingRequest bad;
  bad.set_role(static_cast<v1::Access>(99));
  v1::OpenPairingResponse offer;
  EXPECT_FALSE(Open(bad, &offer).ok());
  EXPECT_TRUE(Open({}, &offer).ok());
  const std::vector<AuditEvent> events = served_.audit.events();
  ASSERT_EQ(events.size(), 2u + 1u) << "GetPairing is an admin's";
  EXPECT_EQ(events[1].what, "soarm.v1.PairingService.OpenPairing");
  EXPECT_EQ(events[1].outcome, "BAD_ROLE");
  EXPECT_EQ(events[2].outcome, "OK");
}

}  // namespace
}  // namespace soarm
