#include <chrono>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <optional>

#include <unistd.h>

#include "clients/cpp/durations.h"
#include "clients/cpp/error.h"
#include "clients/cpp/pairing.h"
#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/input_line.h"
#include "clients/tools/soarm/json.h"
#include "clients/tools/soarm/qr_text.h"
#include "clients/tools/soarm/table.h"
#include "clients/tools/soarm/text.h"
#include "common/base/clean_text.h"
#include "common/tls/certificate.h"
#include "common/tls/join_string.h"

namespace soarm::cli {
namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(300);
constexpr std::size_t kShownOfFingerprint = 16;

std::string RoleWord(v1::Access role) {
  std::string word = v1::Access_Name(role);
  for (char& c : word) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return word;
}

std::string Day(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm local{};
  char text[32] = {};
  if (::localtime_r(&time, &local) == nullptr) return "-";
  return std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local) > 0 ? text : "-";
}

// False when `stop` was requested first.
bool WaitALittle(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  return !changed.wait_for(lock, stop, kLookEvery, [] { return false; }) && !stop.stop_requested();
}

std::string Text(const v1::ErrorDetail& error) {
  return error.message() + (error.fix().empty() ? "" : " " + error.fix());
}

// Waits for what becomes of an offer.
absl::Status Await(Session& session, client::Connection& daemon) {
  std::string told;  // why somebody was not let in
  while (true) {
    const auto state = daemon.Call(client::kGetPairing, {}, session.Within());
    if (!state.ok()) return state.status();
    // At once: it may be mended while the offer is open.
    if (const std::string failure = Text(state->failure()); state->open() && failure != told) {
      session.output.Note("not paired: " + failure + "\n");
      told = failure;
    }
    if (!state->open()) {
      if (session.output.json()) session.output.Show(*state, JsonLayout::kOneLine);
      if (state->has_paired()) {
        session.output.Note("paired: " + state->paired().name() + " (" +
                            RoleWord(state->paired().role()) + ")\n");
        return absl::OkStatus();
      }
      return Refuse(absl::StatusCode::kDeadlineExceeded, "NOBODY_PAIRED", "",
                    "Nobody has paired: " + state->ended() + "." +
                        (state->has_failure() ? " Last: " + Text(state->failure()) : ""),
                    "Run `soarm pair open` again.");
    }
    if (WaitALittle(session.stop)) continue;
    // An offer that nobody looks after is none.
    (void)daemon.Call(client::kClosePairing, {}, {.timeout = std::chrono::seconds(2)});
    return client::InterruptedError();
  }
}

std::string HostName() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "client";
}

absl::StatusOr<std::string> JoinStringOf(Session& session, const PairJoinOptions& options) {
  if (!options.join_string.empty() && options.join_string != "-") return options.join_string;
  if (::isatty(options.input) == 1) {
    session.output.Note("The line that `soarm pair open` printed on the robot:\n");
  }
  return ReadInputLine(options.input, session.stop);
}

// Of what a robot calls itself, what it may be called here.
std::string NameFor(const std::string& robot) {
  std::string name;
  for (const char c : robot.substr(0, robot.find('.'))) {
    name += client::IsRobotName("a" + std::string(1, c)) ? c : '-';
  }
  return client::IsRobotName(name) ? name : "robot";
}

// This computer as the robot's list has it once it is revoked; nothing where it is not paired, as
// on the robot.
std::optional<v1::PairedClient> OwnEntry(const Session& session) {
  const auto address = client::ResolveAddress(session.server, session.surroundings);
  if (!address.ok() || !address->tls) return std::nullopt;
  const auto certificate = tls::Certificate::FromPem(address->tls->certificate);
  if (!certificate.ok()) return std::nullopt;
  v1::PairedClient self;
  self.set_name(certificate->CommonName());
  self.set_role(v1::ADMIN);  // nobody else gets as far
  self.set_fingerprint(certificate->Fingerprint());
  self.set_revoked(true);
  return self;
}

// As the robot understands it.
bool IsMeant(const v1::PairedClient& self, const std::string& typed) {
  constexpr std::size_t kShortestFingerprint = 8;
  return typed == self.name() ||
         (typed.size() >= kShortestFingerprint && self.fingerprint().starts_with(typed));
}

}  // namespace

absl::Status RunPairOpen(Session& session, const PairOpenOptions& options) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  v1::OpenPairingRequest request;
  v1::Access role = v1::OPERATOR;
  v1::Access_Parse(ToUpperSnake(options.role), &role);
  request.set_role(role);
  *request.mutable_open_for() =
      client::ToProto(Nanos(static_cast<std::int64_t>(options.minutes * 60e9)));
  const auto offer = (*connection)->Call(client::kOpenPairing, request, session.Within());
  if (!offer.ok()) return offer.status();
  if (session.output.json()) {
    session.output.Show(*offer, JsonLayout::kOneLine);
  } else {
    if (session.output.out_is_terminal()) session.output.Print(QrText(offer->join_string()));
    session.output.Print(offer->join_string() + "\n");
    session.output.Note("On the other machine, within " +
                        Span(client::FromProto(offer->open_for())) +
                        ": soarm pair join and the line above. Who has it gets in as " +
                        RoleWord(offer->role()) + ".\n");
  }
  return Await(session, **connection);
}

absl::Status RunPairJoin(Session& session, const PairJoinOptions& options) {
  const auto typed = JoinStringOf(session, options);
  if (!typed.ok()) return typed.status();
  const auto join = tls::ParseJoinString(*typed);
  if (!join.ok()) return join.status();
  const std::string& folder = session.surroundings.config_folder;
  if (folder.empty()) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "NO_HOME", "",
                  "There is no place to keep the robot's certificate.",
                  "Set HOME, or XDG_CONFIG_HOME to an absolute path.");
  }
  if (!options.name.empty() && !client::IsRobotName(options.name)) {
    return Refuse(absl::StatusCode::kInvalidArgument, "BAD_ROBOT_NAME", "",
                  Shown(options.name) + " is no name for a robot.",
                  "Use letters, digits, '_', '-' and '.', at most 40.");
  }
  // Once the robot has heard the secret, the string is used up.
  absl::Status place = client::CheckRobotPlace(folder, options.name, join->fingerprint);
  if (!place.ok()) return place;
  auto robot = client::JoinRobot(*join, HostName());
  if (!robot.ok()) return robot.status();
  const std::string own_name = NameFor(robot->name);
  robot->name = options.name.empty() ? client::FreeRobotName(folder, own_name, join->fingerprint)
                                     : options.name;
  if (absl::Status saved = client::SavePairedRobot(folder, *robot); !saved.ok()) return saved;
  if (session.output.json()) {
    // What the robot says may hold anything.
    session.output.Print("{\"name\": " + JsonString(robot->name) +
                         ", \"client\": " + JsonString(CleanText(robot->client, 64)) +
                         ", \"role\": " + JsonString(CleanText(robot->role, 16)) + "}\n");
    return absl::OkStatus();
  }
  if (options.name.empty() && robot->name != own_name) {
    session.output.Note("This robot calls itself " + own_name +
                        ", and another one is kept here under that name: this one is " +
                        robot->name + ".\n");
  }
  session.output.Print("paired with " + robot->name + " as " + CleanText(robot->role, 16) +
                       "; try: soarm --server " + robot->name + " status\n");
  return absl::OkStatus();
}

absl::Status RunPairList(Session& session) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  const auto clients = (*connection)->Call(client::kListClients, {}, session.Within());
  if (!clients.ok()) return clients.status();
  if (session.output.json()) {
    session.output.Show(*clients);
    return absl::OkStatus();
  }
  if (clients->clients().empty()) {
    session.output.Print("no paired clients; `soarm pair open` lets one in\n");
    return absl::OkStatus();
  }
  Table table({{"client"}, {"role"}, {"paired"}, {"certificate"}});
  for (const v1::PairedClient& client : clients->clients()) {
    table.Add({client.name(), client.revoked() ? "revoked" : RoleWord(client.role()),
               Day(client.paired_at_s()), client.fingerprint().substr(0, kShownOfFingerprint)});
  }
  session.output.Print(table.Render());
  return absl::OkStatus();
}

absl::Status RunPairRevoke(Session& session, const std::string& client) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  v1::RevokeClientRequest request;
  request.set_client(client);
  auto revoked = (*connection)->Call(client::kRevokeClient, request, session.Within());
  const bool cut_off = !revoked.ok() && ProblemOf(revoked.status()).reason == "CLIENT_REVOKED";
  if (const auto self = OwnEntry(session); cut_off && self && IsMeant(*self, client)) {
    revoked = v1::RevokeClientResponse();
    *revoked->mutable_client() = *self;
    session.output.Note(
        "That is this computer: the robot has cut it off before it could answer.\n");
  }
  if (!revoked.ok()) return revoked.status();
  if (session.output.json()) {
    session.output.Show(*revoked);
  } else {
    session.output.Print("revoked: " + revoked->client().name() + "\n");
  }
  return absl::OkStatus();
}

}  // namespace soarm::cli
