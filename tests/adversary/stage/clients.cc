// Leases and streams of the clients; client_calls.cc has what is answered later.

#include "tests/adversary/stage/clients.h"

#include <algorithm>
#include <utility>

namespace soarm::adversary {
namespace {

constexpr char kGuessedToken[] = "guessedguessed!!";

LeaseClass ClassOf(std::string_view name, LeaseClass otherwise) {
  if (name == "observer") return LeaseClass::kObserver;
  if (name == "autonomy") return LeaseClass::kAutonomy;
  if (name == "teleop") return LeaseClass::kTeleop;
  if (name == "supervisor") return LeaseClass::kSupervisor;
  return otherwise;
}

LeaseRank RankOf(LeaseClass lease_class) {
  return static_cast<LeaseRank>(static_cast<int>(lease_class) - 1);
}

}  // namespace

Clients::Clients(const SceneFacts& scene, Timeline& timeline, Daemon& daemon, Recorder& recorder,
                 std::uint64_t seed)
    : scene_(scene), timeline_(timeline), daemon_(daemon), recorder_(recorder), random_(seed) {
  for (std::size_t i = 0; i < scene.joints.size(); ++i) {
    if (scene.joints[i].bus == first_joint_.size()) first_joint_.push_back(i);
  }
}

const GroupInfo* Clients::FindGroup(std::string_view name) const {
  if (daemon_.robot() == nullptr) return nullptr;
  for (const GroupInfo& group : daemon_.robot()->groups()) {
    if (group.name == name) return &group;
  }
  return nullptr;
}

std::size_t Clients::SceneJoint(std::size_t bus, std::size_t joint) const {
  return first_joint_[bus] + joint;
}

bool Clients::Perform(const Action& action) {
  static constexpr std::string_view kVerbs[] = {"acquire", "renew", "release", "scale",  "stream",
                                                "close",   "move",  "cancel",  "enable", "limp",
                                                "mend",    "stop",  "clear",   "vanish"};
  if (std::ranges::find(kVerbs, action.verb) == std::end(kVerbs)) return false;
  Now(action);
  return true;
}

void Clients::Now(const Action& action) {
  if (timeline_.now() < daemon_.frozen_until()) {
    timeline_.At(daemon_.frozen_until(), [this, action] { Now(action); });
    return;
  }
  if (daemon_.robot() == nullptr) return;  // nobody answers
  Client& client = clients_[action.client];
  const std::string& verb = action.verb;
  if (verb == "acquire") Acquire(action);
  if (verb == "renew") RenewOf(action.client, ReferenceFor(action));
  if (verb == "release") Release(action);
  if (verb == "scale") SetScale(action);
  if (verb == "stream") Stream(action);
  if (verb == "close") Close(client);
  if (verb == "move") Move(action);
  if (verb == "cancel") CancelMove(client);
  if (verb == "enable") Ask(action, CallKind::kEnableTorque);
  if (verb == "limp") Ask(action, CallKind::kReleaseTorque);
  if (verb == "mend") Ask(action, CallKind::kClearFault);
  if (verb == "stop") StopNow(action);
  if (verb == "clear") Clear(action);
  if (verb == "vanish") Vanish(client);
  daemon_.WakeCallbacks();
}

Reference Clients::ReferenceFor(const Action& action) {
  const std::string_view as = action.Text("as", "own");
  if (as == "none") return {};
  const Client& whose = clients_[static_cast<int>(action.Integer("of", action.client))];
  const std::optional<Held>& held = as == "former" ? whose.former : whose.held;
  Reference reference;
  if (held) {
    reference.ref = held->ref;
    reference.shown = {held->number, Proof::kGenuine};
  }
  if (as == "own" || as == "former") return reference;
  // Epoch and fence are no secrets: who watches the leases knows them.
  reference.ref.token = kGuessedToken;
  if (as == "stolen") {
    reference.shown.proof = held ? Proof::kStolen : Proof::kNone;
    return reference;
  }
  reference.shown = {0, Proof::kGuessed};
  if (as == "next") ++reference.ref.fence;
  if (as == "before") --reference.ref.fence;
  if (as == "random") reference.ref.fence = random_();
  return reference;
}

void Clients::Acquire(const Action& action) {
  LeaseRequest request;
  request.groups = SplitList(action.Text("groups"));
  request.lease_class = ClassOf(action.Text("class"), LeaseClass::kTeleop);
  request.highest_allowed = ClassOf(action.Text("highest"), LeaseClass::kSupervisor);
  request.preempt = action.Text("preempt") == "yes";
  request.client_name = "client " + std::to_string(action.client);
  request.ttl = Nanos(action.Span("ttl", 0));
  const absl::StatusOr<Lease> lease = daemon_.robot()->AcquireLease(request);
  LeaseAsked told{.client = action.client,
                  .groups = request.groups,
                  .rank = RankOf(request.lease_class),
                  .preempt = request.preempt,
                  .ttl = request.ttl.count(),
                  .reason = ReasonOf(lease.status())};
  if (lease.ok()) {
    Client& client = clients_[action.client];
    if (client.held) client.former = client.held;
    client.held = Held{lease->ref, ++last_lease_, daemon_.life()};
    told.granted = last_lease_;
    told.granted_ttl = lease->granted_ttl.count();
    told.granted_groups = lease->groups;
  }
  recorder_.Tell(std::move(told));
  const Time renew = action.Span("renew", 0);
  if (lease.ok() && renew > 0) KeepRenewing(action.client, last_lease_, renew);
}

void Clients::RenewOf(int, const Reference& reference) {
  const auto renewed = daemon_.robot()->RenewLease(reference.ref);
  recorder_.Tell(LeaseRenewed{.lease = reference.shown, .ok = renewed.ok()});
}

void Clients::KeepRenewing(int client, LeaseNumber number, Time every) {
  timeline_.At(std::max(timeline_.now() + every, daemon_.frozen_until()),
               [this, client, number, every] {
                 const std::optional<Held>& held = clients_[client].held;
                 if (!held || held->number != number || IsGone(held->life)) return;
                 if (timeline_.now() >= daemon_.frozen_until()) {
                   RenewOf(client, {held->ref, {number, Proof::kGenuine}});
                 }
                 KeepRenewing(client, number, every);
               });
}

void Clients::Release(const Action& action) {
  const Reference reference = ReferenceFor(action);
  // A guesser's lease is not released; the record says who asked for what.
  daemon_.robot()->ReleaseLease(reference.ref).IgnoreError();
  recorder_.Tell(LeaseReleased{.lease = reference.shown});
  Client& client = clients_[action.client];
  if (action.Text("as", "own") == "own" && client.held) {
    client.former = std::exchange(client.held, std::nullopt);
  }
}

void Clients::SetScale(const Action& action) {
  const Reference reference = ReferenceFor(action);
  const double scale = action.Number("value", 1);
  const absl::Status status = daemon_.robot()->SetSpeedScale(reference.ref, scale);
  recorder_.Tell(ScaleSet{.lease = reference.shown, .scale = scale, .ok = status.ok()});
}

void Clients::Stream(const Action& action) {
  auto stream = std::make_shared<FrameStream>(*this, action, random_());
  std::vector<std::shared_ptr<FrameStream>>& streams = clients_[action.client].streams;
  std::erase_if(streams, [](const auto& one) { return !one->open(); });
  streams.push_back(stream);
  stream->Open();
}

void Clients::Close(Client& client) {
  for (const auto& stream : std::exchange(client.streams, {})) stream->Close();
}

void Clients::EndStreams() {
  for (auto& [number, client] : clients_) {
    for (const auto& stream : std::exchange(client.streams, {})) stream->End("SHUTTING_DOWN");
  }
}

void Clients::Vanish(Client& client) {
  if (client.held) client.former = std::exchange(client.held, std::nullopt);
  Close(client);
  for (const Call& call : std::vector<Call>(client.calls)) {
    for (auto& [number, one] : clients_) {
      if (&one == &client) Leave(number, call.call);
    }
  }
}

}  // namespace soarm::adversary
