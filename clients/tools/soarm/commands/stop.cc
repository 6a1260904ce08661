#include "clients/cpp/stop.h"

#include "clients/cpp/address.h"
#include "clients/tools/soarm/clean_message.h"
#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/groups.h"
#include "clients/tools/soarm/targets.h"
#include "clients/tools/soarm/text.h"
#include "common/base/clean_text.h"
#include "common/base/problem.h"

namespace soarm::cli {
namespace {

constexpr std::size_t kLongestReason = 200;

// The level that `text` names, in any case and with '-' or '_'; empty when it names none.
std::string PlainLevel(const std::string& text) {
  std::string plain;
  for (const char c : text) {
    if (c != '-' && c != '_') plain += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  if (plain.empty() || plain == "hold" || plain == "stop") return "hold";
  if (plain == "softhold") return "soft-hold";
  return plain == "release" ? plain : "";
}

struct Meaning {
  std::string level = "hold";
  std::string not_understood;  // what was typed and means nothing here
};

Meaning MeaningOf(const StopOptions& options) {
  Meaning meaning;
  meaning.not_understood = options.not_understood;
  std::string level = options.level;
  for (const std::string& word : options.words) {
    if (PlainLevel(word) == "hold" || word == "now") continue;
    if (options.level.empty() && level.empty() && !PlainLevel(word).empty()) {
      level = word;
    } else if (meaning.not_understood.empty()) {
      meaning.not_understood = word;
    }
  }
  meaning.level = PlainLevel(level);
  if (meaning.level.empty() && meaning.not_understood.empty()) meaning.not_understood = level;
  if (!meaning.not_understood.empty()) meaning.level = "hold";
  return meaning;
}

v1::StopRequest::Level LevelOf(const std::string& name) {
  v1::StopRequest::Level level = v1::StopRequest::HOLD;
  v1::StopRequest::Level_Parse(ToUpperSnake(name), &level);
  return level;
}

absl::Status NotReached(const v1::StopResponse& response) {
  std::string joints;
  for (const std::string& joint : response.not_reached()) {
    joints += (joints.empty() ? "" : ", ") + joint;
  }
  return ToStatus({.code = absl::StatusCode::kInternal,
                   .reason = "STOP_NOT_CONFIRMED",
                   .subject = joints,
                   .message = "The stop did not reach " + joints + ".",
                   .fix = "Cut the supply: switch it off or pull its plug.",
                   .facts = {{"stop_id", response.stop_id()}}});
}

absl::Status NotUnderstood(const std::string& what, const std::string& stop_id) {
  return ToStatus({.code = absl::StatusCode::kInvalidArgument,
                   .reason = "USAGE",
                   .subject = {},
                   .message = "\"" + CleanText(what, kLongestReason) +
                              "\" was not understood, so everything holds.",
                   .fix = "Type: soarm stop [--level hold|soft-hold|release] [--reason TEXT]",
                   .facts = {{"stop_id", stop_id}}});
}

void Tell(Session& session, const std::string& level, const v1::StopResponse& response) {
  if (session.output.json()) {
    session.output.Show(response);
    return;
  }
  session.output.Print("stopped (" + level + "): " + response.stop_id() +
                       "\ntake it back with: soarm clear\n");
  for (const std::string& note : response.notes()) session.output.Note(note + "\n");
  if (response.has_not_kept()) session.output.Note(response.not_kept().message() + "\n");
}

}  // namespace

// Whatever was typed, something stops.
absl::Status RunStop(Session& session, const StopOptions& options) {
  const auto address = client::ResolveAddress(session.server, client::ReadSurroundings());
  if (!address.ok()) return address.status();
  const Meaning meaning = MeaningOf(options);
  const std::string reason = CleanText(options.reason, kLongestReason);
  auto stopped = client::StopRobot(*address, LevelOf(meaning.level), reason, session.stop);
  if (!stopped.ok()) return stopped.status();
  if (!session.output.json()) CleanMessage(*stopped);
  absl::Status outcome;
  if (!stopped->not_reached().empty()) {
    outcome = NotReached(*stopped);
  } else if (!meaning.not_understood.empty()) {
    outcome = NotUnderstood(meaning.not_understood, stopped->stop_id());
  }
  // One answer for programs: an error names the stop, too.
  if (outcome.ok() || !session.output.json()) Tell(session, meaning.level, *stopped);
  return outcome;
}

absl::Status RunClear(Session& session, const std::string& stop_id) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  v1::ClearRequest request;
  request.set_stop_id(stop_id);
  const auto response = (*connection)->Call(client::kClear, request, session.Within());
  if (!response.ok()) return response.status();
  if (session.output.json()) {
    session.output.Show(*response);
    return absl::OkStatus();
  }
  for (const std::string& id : response->cleared()) session.output.Print("cleared " + id + "\n");
  if (response->cleared().empty()) session.output.Print("no stop was asserted\n");
  if (response->has_not_kept()) {
    session.output.Note("a restart would not keep to that: " + response->not_kept().message() +
                        " " + response->not_kept().fix() + "\n");
  }
  return absl::OkStatus();
}

absl::Status RunClearFault(Session& session, const std::string& joint) {
  const auto split = ParseName(joint, "joint");
  if (!split.ok()) return split.status();
  const auto& [asked, name] = *split;
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  client::Connection& daemon = **connection;
  const auto description = daemon.Call(client::kGetDescription, {}, session.Within());
  if (!description.ok()) return description.status();

  const auto group = name.empty() ? ChooseGroup(*description, asked)
                                  : ChooseGroupOfJoint(*description, asked, name);
  if (!group.ok()) return group.status();
  auto lease = session.TakeLease(daemon, {*group}, "soarm clear-fault");
  if (!lease.ok()) return lease.status();
  v1::ClearFaultRequest request;
  request.set_group(*group);
  request.set_joint(name);
  *request.mutable_lease() = (*lease)->ref();
  const auto response = daemon.Call(client::kClearFault, request, session.Within());
  if (!response.ok()) return response.status();
  if (session.output.json()) {
    session.output.Show(*response);
  } else {
    session.output.Print("cleared: " + *group + (name.empty() ? "" : "/" + name) + "\n");
  }
  return absl::OkStatus();
}

}  // namespace soarm::cli
