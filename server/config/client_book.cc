#include "server/config/client_book.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include <toml++/toml.h>

#include "common/base/atomic_file.h"
#include "common/base/clean_text.h"
#include "common/base/problem.h"
#include "common/base/small_file.h"
#include "server/config/toml_reader.h"
#include "server/config/toml_text.h"
#include "server/config/unreadable.h"

namespace soarm {
namespace {

constexpr char kHoldsClients[] = "The paired clients";
constexpr std::size_t kShortestFingerprint = 8;  // of its digits, to name a client by

std::string Render(const std::vector<PairedClient>& clients) {
  std::string text = "# The paired clients; soarmd rewrites this file. See `soarm pair list`.\n";
  text += "count = " + std::to_string(clients.size()) + "\n";
  for (const PairedClient& client : clients) {
    text += "\n[[client]]\nname = " + TomlString(client.name) + "\n";
    text += "role = " + TomlString(ClientRoleName(client.role)) + "\n";
    text += "fingerprint = " + TomlString(client.fingerprint) + "\n";
    text += "paired_at_s = " + std::to_string(client.paired_at_s) + "\n";
    text += std::string("revoked = ") + (client.revoked ? "true" : "false") + "\n";
  }
  return text;
}

// Nothing when a key is missing or wrong; every key is needed.
std::optional<PairedClient> ReadClient(const toml::table& table, const std::string& path,
                                       ConfigErrors& errors) {
  TomlReader reader(table, "client", path, errors);
  const auto name = reader.String("name");
  const auto role = reader.OneOf(
      "role", {ClientRoleName(ClientRole::kViewer), ClientRoleName(ClientRole::kOperator),
               ClientRoleName(ClientRole::kAdmin)});
  const auto fingerprint = reader.String("fingerprint");
  const auto paired_at = reader.Integer("paired_at_s", -kMost, kMost);
  const auto revoked = reader.Bool("revoked");
  reader.Finish();
  if (!name || !role || !fingerprint || !paired_at || !revoked) return std::nullopt;
  return PairedClient{.name = *name,
                      .fingerprint = *fingerprint,
                      .role = *ParseClientRole(*role),
                      .paired_at_s = *paired_at,
                      .revoked = *revoked};
}

auto OldestRevoked(const std::vector<PairedClient>& clients) {
  return std::ranges::find(clients, true, &PairedClient::revoked);
}

absl::Status TooMany(std::size_t clients) {
  return Refuse(absl::StatusCode::kResourceExhausted, "TOO_MANY_CLIENTS", "",
                std::to_string(clients) + " clients are paired, which is the most.",
                "Revoke those that are not needed with `soarm pair revoke`.");
}

// `text` in small letters where it may be the beginning of a fingerprint, or nothing.
std::string AsFingerprint(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    const bool is_capital = c >= 'A' && c <= 'F';
    if (!is_capital && (c < '0' || c > '9') && (c < 'a' || c > 'f')) return "";
    digits += is_capital ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return digits.size() >= kShortestFingerprint ? digits : "";
}

absl::Status Ambiguous(std::string_view asked, const std::vector<PairedClient*>& meant) {
  std::string all;
  std::string names;
  for (const PairedClient* one : meant) {
    all += (all.empty() ? "" : " and ") + one->name + " (certificate " + one->fingerprint + ")";
    names += (names.empty() ? "" : ", ") + one->name;
  }
  return Refuse(absl::StatusCode::kFailedPrecondition, "AMBIGUOUS_CLIENT", CutText(asked, 64),
                Shown(asked) + " may be " + all + ".",
                "Say so many digits of the certificate that only one is meant.",
                {{"clients", names}});
}

}  // namespace

ClientBook::ClientBook(std::string path, std::function<absl::Status()> may_write)
    : path_(std::move(path)), may_write_(std::move(may_write)) {
  unreadable_ = Read();
  if (!unreadable_.ok()) clients_.clear();
}

absl::Status ClientBook::Read() {
  constexpr const char* kMend =
      "Mend the file, or move it away and pair the clients anew; then restart soarmd.";
  const SmallFile file = ReadSmallFile(path_);  // an empty path: missing
  if (file.missing) return absl::OkStatus();
  if (!file.is_read()) return Unreadable(kHoldsClients, path_, file.fault, file.fix);
  const auto parsed = ParseToml(file.text, path_);
  if (const auto* fault = std::get_if<TomlFault>(&parsed)) {
    return Unreadable(kHoldsClients, path_,
                      "line " + std::to_string(fault->line) + ": " + fault->what, kMend);
  }
  ConfigErrors errors;
  TomlReader reader(std::get<toml::table>(parsed), "", path_, errors);
  const auto count = reader.Integer("count", 0, kMost);
  for (const toml::table* one : reader.Tables("client")) {
    auto client = ReadClient(*one, path_, errors);
    if (client) clients_.push_back(*std::move(client));
  }
  reader.Finish();
  if (!errors.empty()) {
    return Unreadable(kHoldsClients, path_,
                      "line " + std::to_string(errors.front().line) + ": " + errors.front().message,
                      kMend);
  }
  if (!count || static_cast<std::size_t>(*count) != clients_.size()) {
    return Unreadable(kHoldsClients, path_, "it is not whole", kMend);
  }
  return absl::OkStatus();
}

std::vector<PairedClient> ClientBook::Clients() const {
  const std::lock_guard lock(mutex_);
  return clients_;
}

std::optional<PairedClient> ClientBook::Find(std::string_view fingerprint) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(clients_, fingerprint, &PairedClient::fingerprint);
  return found == clients_.end() ? std::nullopt : std::optional(*found);
}

std::vector<PairedClient> ClientBook::List() const {
  std::vector<PairedClient> clients = Clients();
  std::ranges::sort(clients, [](const PairedClient& a, const PairedClient& b) {
    return std::tie(a.revoked, a.name) < std::tie(b.revoked, b.name);
  });
  return clients;
}

absl::Status ClientBook::CheckRoom() {
  if (!unreadable_.ok()) return unreadable_;
  const std::lock_guard writing(writing_);
  const std::vector<PairedClient> clients = Clients();
  if (clients.size() >= kMostClients && OldestRevoked(clients) == clients.end()) {
    return TooMany(clients.size());
  }
  // Nothing else tells whether a disk takes it.
  return WriteAll();
}

absl::Status ClientBook::Add(const PairedClient& client) {
  if (!unreadable_.ok()) return unreadable_;
  const std::lock_guard writing(writing_);
  std::vector<PairedClient> clients = Clients();
  if (clients.size() >= kMostClients) {
    const auto oldest = OldestRevoked(clients);
    if (oldest == clients.end()) return TooMany(clients.size());
    clients.erase(oldest);
  }
  clients.push_back(client);
  if (absl::Status written = Write(clients); !written.ok()) return written;
  const std::lock_guard lock(mutex_);
  // Not as a whole: one may have been revoked meanwhile.
  std::erase_if(clients_, [&](const PairedClient& known) {
    return std::ranges::find(clients, known.fingerprint, &PairedClient::fingerprint) ==
           clients.end();
  });
  clients_.push_back(client);
  return absl::OkStatus();
}

absl::StatusOr<PairedClient> ClientBook::Revoke(std::string_view client) {
  if (!unreadable_.ok()) return unreadable_;
  const std::lock_guard lock(mutex_);
  const std::string digits = AsFingerprint(client);
  std::vector<PairedClient*> meant;
  PairedClient* gone = nullptr;  // the newest
  for (PairedClient& one : clients_) {
    if (one.name != client && (digits.empty() || !one.fingerprint.starts_with(digits))) continue;
    if (one.revoked) {
      gone = &one;
    } else {
      meant.push_back(&one);
    }
  }
  if (meant.size() > 1) return Ambiguous(client, meant);
  if (!meant.empty()) {
    meant.front()->revoked = true;
    ++revocations_;
    return *meant.front();
  }
  // Who is told that it was not saved, tries again.
  if (gone != nullptr && saved_ < revocations_) return *gone;
  std::string names;
  for (const PairedClient& one : clients_) {
    if (!one.revoked) names += (names.empty() ? "" : ", ") + one.name;
  }
  return Refuse(absl::StatusCode::kNotFound, "UNKNOWN_CLIENT", CutText(client, 64),
                "No client by the name " + Shown(client) + " is paired.", "See `soarm pair list`.",
                {{"clients", names}});
}

absl::Status ClientBook::Save() {
  const std::lock_guard writing(writing_);
  {
    const std::lock_guard lock(mutex_);
    if (saved_ == revocations_) return absl::OkStatus();
  }
  return WriteAll();
}

absl::Status ClientBook::WriteAll() {
  std::vector<PairedClient> clients;
  std::uint64_t revocations = 0;
  {
    const std::lock_guard lock(mutex_);
    clients = clients_;
    revocations = revocations_;
  }
  if (absl::Status written = Write(clients); !written.ok()) return written;
  const std::lock_guard lock(mutex_);
  saved_ = revocations;
  return absl::OkStatus();
}

absl::Status ClientBook::Write(const std::vector<PairedClient>& clients) const {
  if (path_.empty()) return absl::OkStatus();
  if (absl::Status refused = may_write_(); !refused.ok()) return refused;
  return ReplaceFile(path_, Render(clients));
}

}  // namespace soarm
