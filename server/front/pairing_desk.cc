#include "server/front/pairing_desk.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/clean_text.h"
#include "common/base/problem.h"
#include "common/log/log.h"
#include "common/tls/join_string.h"
#include "server/front/local_hosts.h"

namespace soarm {
namespace {

using nlohmann::json;

constexpr std::int64_t kClientLasts_s = std::int64_t{5} * 365 * 24 * 3600;
constexpr std::size_t kLongestName = 40;
constexpr std::size_t kShownOfFingerprint = 8;  // as many as `soarm pair revoke` takes
// What was answered last reaches its client before the endpoint goes.
constexpr auto kLastWord = std::chrono::milliseconds(500);
// Between looks at how much time the certificate has left.
constexpr std::chrono::hours kRenewEvery(24);
// Looks in a row; nobody copies for so long.
constexpr int kGoneForGood = 2;

// Of what a client calls itself, what fits a certificate, a file and a command line.
std::string PlainName(std::string_view name) {
  std::string plain;
  for (const char c : name.substr(0, kLongestName)) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '.' || c == '-';
    plain += fits ? c : '-';
  }
  const std::size_t begin = plain.find_first_not_of("-.");
  return begin == std::string::npos ? "client" : plain.substr(begin);
}

int HttpStatusOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
      return 400;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kFailedPrecondition:
      return 410;
    default:
      return 503;
  }
}

PairingEndpoint::Answer Refusal(const absl::Status& status) {
  const Problem problem = ProblemOf(status);
  json error = {{"code", static_cast<int>(problem.code)},
                {"reason", problem.reason},
                {"subject", problem.subject},
                {"message", problem.message},
                {"fix", problem.fix},
                {"facts", problem.facts}};
  return {.http_status = HttpStatusOf(status.code()),
          .body = json{{"error", std::move(error)}}.dump(-1, ' ', false,
                                                         json::error_handler_t::replace)};
}

std::string TextIn(const json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() && found->is_string()
             ? found->get<std::string>()
             : std::string();
}

}  // namespace

PairingDesk::PairingDesk(PairingOptions options, FrontDoor& door, ClientStore& clients)
    : options_(std::move(options)), door_(door), clients_(clients) {}

PairingDesk::~PairingDesk() { Close(); }

absl::StatusOr<TlsIdentity> PairingDesk::OpenTls() const {
  const std::lock_guard lock(loading_);
  auto identity = TlsIdentity::LoadOrMake(options_.folder, options_.robot, options_.clock(),
                                          options_.may_write);
  if (!identity.ok()) return identity;
  const std::size_t paired = CountPaired();
  if (identity->is_new() && paired > 0) {
    ComponentLog("pair")->warn(
        "there was no key in {}: a new one was made, and the machines that were paired before ({}) "
        "take this robot for another one until they pair anew",
        options_.folder, paired);
  }
  if (absl::Status opened = door_.OpenTls(*identity); !opened.ok()) return opened;
  return identity;
}

std::size_t PairingDesk::CountPaired() const {
  const auto lets_in = [](const PairedClient& client) { return !client.revoked; };
  return static_cast<std::size_t>(std::ranges::count_if(clients_.List(), lets_in));
}

absl::Status PairingDesk::Start() {
  if (!door_.has_tls() || CountPaired() == 0) return absl::OkStatus();
  // It opens all the same: the clock may be set at any time, as by the network.
  if (const absl::Status wrong = CheckRobotClock(options_.clock()); !wrong.ok()) {
    const Problem problem = ProblemOf(wrong);
    ComponentLog("pair")->warn("{} {}", problem.message, problem.fix);
  }
  return OpenTls().status();
}

void PairingDesk::Renew() {
  if (door_.fingerprint().empty()) return;
  const MonoTime now = clock_.Now();
  const std::string stamp = TlsIdentity::StampOf(options_.folder);
  // Half of a pair is no new robot: somebody is copying, or it is lost.
  gone_for_ = stamp.empty() ? gone_for_ + 1 : 0;
  if (gone_for_ == kGoneForGood) {
    ComponentLog("pair")->error(
        "robot.key or robot.crt is gone from {}: goes on with those it had, until it ends. Restore "
        "them from a backup before that",
        options_.folder);
  }
  if (stamp.empty()) return;
  // A clock that was set may have passed years.
  const bool due = renewed_ && renewed_->IsDue(options_.clock());
  if (stamp == shown_ && now - shown_at_ < kRenewEvery && !due) return;
  const auto identity = OpenTls();
  if (identity.ok()) {
    if (!shown_.empty() && stamp != shown_) {
      ComponentLog("pair")->warn("shows the key and certificate that were put into {}",
                                 options_.folder);
    }
  } else {
    ComponentLog("pair")->error("goes on with the key and certificate it had: {}",
                                ToStd(identity.status().message()));
  }
  renewed_ = identity.ok() ? std::optional(*identity) : std::nullopt;
  shown_ = TlsIdentity::StampOf(options_.folder);
  shown_at_ = now;
}

void PairingDesk::Note(const AuditEvent& event) const {
  if (options_.audit != nullptr) options_.audit->Note(event);
}

void PairingDesk::NoteRefusal(const absl::Status& refusal, const std::string& address) const {
  ComponentLog("pair")->warn("{} was not paired: {}", address, ToStd(refusal.message()));
  Note({.who = "somebody who pairs",
        .what = "pair",
        .outcome = ProblemOf(refusal).reason,
        .facts = {{"address", address}}});
}

absl::StatusOr<PairingOffer> PairingDesk::Open(ClientRole role, Nanos lasts) {
  if (!door_.has_tls()) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "NO_TLS_ADDRESS", "",
                  "The daemon does not listen for other machines.",
                  "Start soarmd with --listen tls:0.0.0.0:50252 besides the others, or put that "
                  "into [daemon] listen.");
  }
  // No offer is made of what the join would refuse.
  if (absl::Status wrong = CheckRobotClock(options_.clock()); !wrong.ok()) return wrong;
  if (absl::Status refused = clients_.CheckRoom(); !refused.ok()) return refused;
  Close();
  const std::lock_guard opening(opening_);
  auto identity = OpenTls();
  if (!identity.ok()) return identity.status();
  ListenAddress at = door_.tls_address();
  const std::uint16_t next = at.port == UINT16_MAX ? 0 : static_cast<std::uint16_t>(at.port + 1);
  at.port = options_.port.value_or(next);
  {
    // First: whoever waits for the endpoint may ask before this returns.
    const std::lock_guard lock(mutex_);
    window_.emplace(role, clock_.Now() + lasts);
    identity_ = *identity;
  }
  const auto answer = [this](const std::string& body, const std::string& address) {
    return Answer(body, address);
  };
  auto endpoint = PairingEndpoint::Open(at, *identity, answer);
  if (!endpoint.ok() && !options_.port && next != 0) {
    at.port = 0;  // that port is somebody else's; the join string names whichever it is
    endpoint = PairingEndpoint::Open(at, *identity, answer);
  }
  const std::lock_guard lock(mutex_);
  if (!endpoint.ok()) {
    window_->Close();
    return endpoint.status();
  }
  keeper_ = std::thread(&PairingDesk::Keep, this, *std::move(endpoint));
  const tls::JoinString join{.hosts = HostsOf(at),
                             .port = at.port,
                             .fingerprint = identity->Fingerprint(),
                             .secret = window_->secret()};
  return PairingOffer{.join_string = join.ToString(), .lasts = lasts};
}

void PairingDesk::Keep(std::unique_ptr<PairingEndpoint> endpoint) {
  {
    std::unique_lock lock(mutex_);
    while (!window_->IsOver(clock_.Now())) {
      changed_.wait_for(lock, std::max<Nanos>(window_->until() - clock_.Now(), kLastWord));
    }
    changed_.wait_for(lock, kLastWord);
  }
  endpoint = nullptr;  // not under the lock: it waits for an answer, which takes it
}

void PairingDesk::Close() {
  const std::lock_guard opening(opening_);
  {
    const std::lock_guard lock(mutex_);
    if (window_) window_->Close();
  }
  changed_.notify_all();
  if (keeper_.joinable()) keeper_.join();
}

PairingState PairingDesk::State() const {
  const std::lock_guard lock(mutex_);
  return window_ ? window_->State(clock_.Now()) : PairingState{};
}

PairingEndpoint::Answer PairingDesk::Answer(const std::string& body, const std::string& address) {
  const json asked = json::parse(body, nullptr, false);
  {
    const std::lock_guard lock(mutex_);
    const absl::Status taken = window_->Take(TextIn(asked, "secret"), clock_.Now());
    changed_.notify_all();  // it may have been one too many
    if (!taken.ok()) {
      NoteRefusal(taken, address);
      return Refusal(taken);
    }
  }
  auto admission = Admit(PlainName(TextIn(asked, "name")), TextIn(asked, "request"));
  const std::lock_guard lock(mutex_);
  if (!admission.ok()) {
    NoteRefusal(admission.status(), address);
    window_->Return(admission.status());
    return Refusal(admission.status());
  }
  const PairedClient& client = admission->client;
  window_->Paired(client);
  changed_.notify_all();
  ComponentLog("pair")->info("{} is paired as {}", client.name, ClientRoleName(client.role));
  Note({.who = "client " + client.name,
        .what = "pair",
        .facts = {{"role", std::string(ClientRoleName(client.role))},
                  {"address", address},
                  {"fingerprint", client.fingerprint.substr(0, kShownOfFingerprint)}},
        .grave = true});
  return {.http_status = 200,
          .body = json{{"name", client.name},
                       {"role", std::string(ClientRoleName(client.role))},
                       {"certificate", admission->certificate},
                       {"authority", identity_->authority().certificate().ToPem()},
                       {"robot", options_.robot},
                       {"port", door_.tls_address().port}}
                      .dump(-1, ' ', false, json::error_handler_t::replace)};
}

absl::StatusOr<PairingDesk::Admission> PairingDesk::Admit(const std::string& name,
                                                          const std::string& request) {
  const std::int64_t now_s = options_.clock();
  if (absl::Status wrong = CheckRobotClock(now_s); !wrong.ok()) return wrong;
  PairedClient client;
  std::optional<tls::Authority> authority;
  {
    const std::lock_guard lock(mutex_);
    client.role = window_->role();
    authority = identity_->authority();
  }
  client.name = FreeName(name);
  client.paired_at_s = now_s;
  auto certificate =
      authority->IssueClient(request, client.name, client.paired_at_s + kClientLasts_s);
  if (!certificate.ok()) return certificate.status();
  client.fingerprint = certificate->Fingerprint();
  if (absl::Status added = clients_.Add(client); !added.ok()) return added;
  return Admission{.client = client, .certificate = certificate->ToPem()};
}

std::string PairingDesk::FreeName(const std::string& wanted) const {
  const std::vector<PairedClient> clients = clients_.List();
  const auto is_taken = [&](const std::string& name) {
    return std::ranges::any_of(clients, [&](const PairedClient& client) {
      return !client.revoked && client.name == name;
    });
  };
  std::string name = wanted;
  for (int i = 2; is_taken(name); ++i) name = wanted + "-" + std::to_string(i);
  return name;
}

absl::StatusOr<PairedClient> PairingDesk::Revoke(std::string_view client) {
  absl::StatusOr<PairedClient> revoked = clients_.Revoke(client);
  for (const PairedClient& one : clients_.List()) {
    if (one.revoked) door_.Cut(one.fingerprint);
  }
  if (revoked.ok()) ComponentLog("pair")->warn("{} is revoked", revoked->name);
  return revoked;
}

}  // namespace soarm
