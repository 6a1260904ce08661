#include "server/service/pairing/pairing_service.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "common/base/clean_text.h"
#include "server/core/pairing.h"
#include "server/service/edge/admit.h"
#include "server/service/edge/answer.h"
#include "server/service/edge/durations.h"
#include "server/service/edge/errors.h"
#include "server/service/edge/text_check.h"
#include "server/service/edge/waiting_call.h"

namespace soarm {
namespace {

constexpr std::size_t kLongestShown = 64;
constexpr std::size_t kShownOfFingerprint = 16;  // as in `soarm pair list`
constexpr Nanos kUsual = std::chrono::minutes(2);
constexpr Nanos kShortest = std::chrono::seconds(10);
constexpr Nanos kLongest = std::chrono::hours(1);

v1::Access ToWire(ClientRole role) {
  switch (role) {
    case ClientRole::kViewer:
      return v1::VIEWER;
    case ClientRole::kOperator:
      return v1::OPERATOR;
    case ClientRole::kAdmin:
      return v1::ADMIN;
  }
  return v1::ACCESS_UNSPECIFIED;
}

absl::StatusOr<ClientRole> RoleOf(v1::Access role) {
  switch (role) {
    case v1::ACCESS_UNSPECIFIED:
    case v1::OPERATOR:
      return ClientRole::kOperator;
    case v1::VIEWER:
      return ClientRole::kViewer;
    case v1::ADMIN:
      return ClientRole::kAdmin;
    default:
      return Refuse(absl::StatusCode::kInvalidArgument, "BAD_ROLE", "",
                    "There is no role " + std::to_string(role) + ".",
                    "Use VIEWER, OPERATOR or ADMIN.");
  }
}

absl::StatusOr<Nanos> LastsOf(const v1::OpenPairingRequest& request) {
  if (!request.has_open_for()) return kUsual;
  const Nanos lasts = FromProto(request.open_for());
  if (lasts >= kShortest && lasts <= kLongest) return lasts;
  return Refuse(absl::StatusCode::kInvalidArgument, "BAD_DURATION", "open_for",
                "Pairing cannot be open for that long.", "Use 10 s to 1 h.");
}

void Fill(const PairedClient& client, v1::PairedClient& wire) {
  wire.set_name(client.name);
  wire.set_role(ToWire(client.role));
  wire.set_fingerprint(client.fingerprint);
  wire.set_paired_at_s(client.paired_at_s);
  wire.set_revoked(client.revoked);
}

// It is out for as long as the daemon runs. Its name may be somebody else's when that is read.
absl::Status OutButNotSaved(const PairedClient& client, const absl::Status& why) {
  const Problem problem = ProblemOf(why);
  return Refuse(
      why.code(), problem.reason, client.name,
      "The client " + client.name +
          " is out now, but a restart of soarmd would let it in again: " + problem.message,
      problem.fix + " Then repeat it: `soarm pair revoke " +
          client.fingerprint.substr(0, kShownOfFingerprint) + "`.");
}

// A name that was given anew is somebody else's by now.
void EndLeasesOfRevoked(const Edge& edge) {
  const std::vector<PairedClient> clients = edge.clients.List();
  for (const PairedClient& gone : clients) {
    const bool given_anew = std::ranges::any_of(
        clients, [&](const PairedClient& one) { return !one.revoked && one.name == gone.name; });
    if (gone.revoked && !given_anew) edge.robot.RevokeLeases(gone.name);
  }
}

}  // namespace

void PairingService::Tell(const Caller& caller, const google::protobuf::Descriptor& request,
                          std::map<std::string, std::string> facts,
                          const absl::Status& outcome) const {
  AuditEvent event;
  event.facts = std::move(facts);
  event.grave = true;
  NoteOutcome(edge_, caller, request, outcome, std::move(event));
}

grpc::ServerUnaryReactor* PairingService::OpenPairing(grpc::CallbackServerContext* context,
                                                      const v1::OpenPairingRequest* request,
                                                      v1::OpenPairingResponse* response) {
  const auto call = WaitingCall::Make(edge_);
  const auto& asked = *v1::OpenPairingRequest::descriptor();
  const absl::Status begun = Walled([&]() -> absl::Status {
    const absl::StatusOr<Caller> caller = Admit(edge_, *context, asked);
    if (!caller.ok()) return caller.status();
    const absl::StatusOr<ClientRole> role = RoleOf(request->role());
    const absl::StatusOr<Nanos> lasts = LastsOf(*request);
    absl::Status posted = role.ok() ? lasts.status() : role.status();
    if (posted.ok()) {
      posted = disk_.Post(
          [this, &asked, caller = *caller, call, response, role = *role, lasts = *lasts] {
            const absl::StatusOr<PairingOffer> offer = edge_.pairing.Open(role, lasts);
            Tell(caller, asked, {{"role", std::string(ClientRoleName(role))}}, offer.status());
            call->Answer([&] {
              if (!offer.ok()) return offer.status();
              response->set_join_string(offer->join_string);
              *response->mutable_open_for() = ToProto(offer->lasts);
              response->set_role(ToWire(role));
              return absl::OkStatus();
            });
          });
    }
    if (!posted.ok()) NoteOutcome(edge_, *caller, asked, posted);
    return posted;
  });
  if (!begun.ok()) call->Answer([&] { return begun; });
  return call.get();
}

grpc::ServerUnaryReactor* PairingService::ClosePairing(grpc::CallbackServerContext* context,
                                                       const v1::ClosePairingRequest* request,
                                                       v1::ClosePairingResponse*) {
  const auto call = WaitingCall::Make(edge_);
  const absl::Status begun = Admitted(edge_, *context, *request, [&] {
    return disk_.Post([this, call] {
      edge_.pairing.Close();
      call->Answer([] { return absl::OkStatus(); });
    });
  });
  if (!begun.ok()) call->Answer([&] { return begun; });
  return call.get();
}

grpc::ServerUnaryReactor* PairingService::GetPairing(grpc::CallbackServerContext* context,
                                                     const v1::GetPairingRequest* request,
                                                     v1::PairingState* response) {
  return Answer(edge_, context, *request, [&] {
    const PairingState state = edge_.pairing.State();
    response->set_open(state.open);
    if (state.open) *response->mutable_left() = ToProto(state.left);
    response->set_tries_left(state.tries_left);
    if (state.paired) Fill(*state.paired, *response->mutable_paired());
    response->set_ended(state.ended);
    if (!state.failure.ok()) *response->mutable_failure() = ToErrorDetail(state.failure);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* PairingService::ListClients(grpc::CallbackServerContext* context,
                                                      const v1::ListClientsRequest* request,
                                                      v1::ListClientsResponse* response) {
  return Answer(edge_, context, *request, [&]() -> absl::Status {
    if (!edge_.clients.unreadable().ok()) return edge_.clients.unreadable();
    for (const PairedClient& client : edge_.clients.List()) Fill(client, *response->add_clients());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* PairingService::RevokeClient(grpc::CallbackServerContext* context,
                                                       const v1::RevokeClientRequest* request,
                                                       v1::RevokeClientResponse* response) {
  const auto call = WaitingCall::Make(edge_);
  const auto& asked = *v1::RevokeClientRequest::descriptor();
  const absl::Status begun = Walled([&]() -> absl::Status {
    const absl::StatusOr<Caller> caller = Admit(edge_, *context, asked);
    if (!caller.ok()) return caller.status();
    absl::Status refused = CheckText("client", request->client());
    if (refused.ok()) {
      // Before the disk: whatever that does, it is out.
      const absl::StatusOr<PairedClient> revoked = edge_.pairing.Revoke(request->client());
      EndLeasesOfRevoked(edge_);
      if (revoked.ok()) {
        const auto end = [this, &asked, caller = *caller, call, response,
                          client = *revoked](absl::Status saved) {
          if (!saved.ok()) saved = OutButNotSaved(client, saved);
          Tell(caller, asked, {{"client", client.name}, {"fingerprint", client.fingerprint}},
               saved);
          call->Answer([&] {
            if (saved.ok()) Fill(client, *response->mutable_client());
            return saved;
          });
        };
        const absl::Status posted = disk_.Post([this, end] { end(edge_.clients.Save()); });
        if (!posted.ok()) end(posted);
        return absl::OkStatus();
      }
      refused = revoked.status();
    }
    Tell(*caller, asked, {{"client", CleanText(request->client(), kLongestShown)}}, refused);
    return refused;
  });
  if (!begun.ok()) call->Answer([&] { return begun; });
  return call.get();
}

}  // namespace soarm
