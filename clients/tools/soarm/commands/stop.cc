#include "clients/cpp/stop.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

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
constexpr std::size_t kLongestShown = 200;

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

// A stop that was confirmed, and by whom.
struct Confirmed {
  std::string where;
  v1::StopResponse response;
};

struct Outcome {
  std::vector<Confirmed> stops;
  absl::Status failed;  // why there are none
};

Outcome StopAt(const std::vector<client::Address>& places, const std::string& level,
               const std::string& reason, const Session& session) {
  Outcome outcome;
  for (const client::Address& place : places) {
    auto stopped = client::StopRobot(place, LevelOf(level), reason, session.stop);
    if (stopped.ok()) {
      if (!session.output.json()) CleanMessage(*stopped);
      outcome.stops.push_back({place.target, *std::move(stopped)});
    } else if (outcome.failed.ok() || absl::IsDeadlineExceeded(stopped.status())) {
      outcome.failed = stopped.status();  // one that was sent is worth more than one that was not
    }
  }
  return outcome;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : ", ") + word;
  return joined;
}

// What was typed and does not count: a clause each, and what to type instead.
struct Slip {
  std::string clause;  // empty: none
  std::string fix;
  bool of_address = false;
};

Slip SlipOf(const std::string& not_understood, const absl::Status& address) {
  Slip slip;
  if (!not_understood.empty()) {
    slip.clause = "\"" + CleanText(not_understood, kLongestShown) + "\" was not understood";
    slip.fix = "Type: soarm stop [--level hold|soft-hold|release] [--reason TEXT]";
  }
  if (!address.ok()) {
    Problem problem = ProblemOf(address);
    while (problem.message.ends_with('.')) problem.message.pop_back();
    slip.of_address = true;
    slip.clause += (slip.clause.empty() ? "" : ", and ") + problem.message;
    slip.fix = problem.fix;
  }
  return slip;
}

// Facts for programs, which get one answer: the error names the stop, too.
std::map<std::string, std::string> FactsOf(const std::vector<Confirmed>& stops) {
  std::vector<std::string> ids;
  std::vector<std::string> places;
  std::map<std::string, std::string> facts;
  for (const Confirmed& stop : stops) {
    ids.push_back(stop.response.stop_id());
    places.push_back(stop.where);
    if (stop.response.has_not_kept()) facts["not_kept"] = stop.response.not_kept().message();
  }
  facts["stop_id"] = Joined(ids);
  facts["stopped_at"] = Joined(places);
  return facts;
}

// What is to be said of stops that are in force; OK: nothing but that.
absl::Status Judge(const std::vector<Confirmed>& stops, const Slip& slip) {
  std::vector<std::string> not_reached;
  std::vector<std::string> places;
  for (const Confirmed& stop : stops) {
    places.push_back(stop.where);
    for (const std::string& joint : stop.response.not_reached()) not_reached.push_back(joint);
  }
  std::string understood;
  if (!slip.clause.empty()) {
    understood = slip.clause + ", so everything holds" +
                 (slip.of_address ? " at " + Joined(places) + " instead" : "") + ".";
  }
  if (!not_reached.empty()) {
    const std::string joints = Joined(not_reached);
    return ToStatus({.code = absl::StatusCode::kInternal,
                     .reason = "STOP_NOT_CONFIRMED",
                     .subject = joints,
                     .message = "The stop did not reach " + joints + "." +
                                (understood.empty() ? "" : " " + understood),
                     .fix = "Cut the supply: switch it off or pull its plug.",
                     .facts = FactsOf(stops)});
  }
  if (understood.empty()) return absl::OkStatus();
  return ToStatus(
      {.code = absl::StatusCode::kInvalidArgument,
       .reason = slip.of_address ? "BAD_ADDRESS" : "USAGE",
       .subject = {},
       .message = understood,
       .fix = (slip.of_address ? "Cut the supply if that is another robot. " : "") + slip.fix,
       .facts = FactsOf(stops)});
}

// No stop was confirmed, at none of `places`.
absl::Status Failed(const absl::Status& why, const std::vector<client::Address>& places,
                    const Slip& slip) {
  if (slip.clause.empty()) return why;
  Problem problem = ProblemOf(why);
  if (slip.of_address && problem.code != absl::StatusCode::kDeadlineExceeded) {
    std::vector<std::string> tried;
    for (const client::Address& place : places) tried.push_back(place.target);
    problem.message = "Nothing was stopped: " + slip.clause +
                      ", and no soarmd confirmed a stop at " + Joined(tried) + " either.";
    problem.fix = "Cut the supply if anything still moves. " + slip.fix;
  } else {
    problem.message = slip.clause + ". " + problem.message;
  }
  return ToStatus(problem);
}

void Tell(Session& session, const std::string& level, const Confirmed& stop, bool say_where) {
  const v1::StopResponse& response = stop.response;
  if (session.output.json()) {
    session.output.Show(response);
    return;
  }
  session.output.Print("stopped (" + level + ")" + (say_where ? " at " + stop.where : "") + ": " +
                       response.stop_id() + "\ntake it back with: soarm clear" +
                       (say_where ? " --server " + stop.where : "") + "\n");
  for (const std::string& note : response.notes()) session.output.Note(note + "\n");
  if (response.has_not_kept()) {
    session.output.Note(response.not_kept().message() + " " + response.not_kept().fix() + "\n");
  }
}

}  // namespace

// Whatever was typed, something stops.
absl::Status RunStop(Session& session, const StopOptions& options) {
  Meaning meaning = MeaningOf(options);
  const auto address = client::ResolveAddress(session.server, session.surroundings);
  if (!address.ok()) meaning.level = "hold";
  const Slip slip = SlipOf(meaning.not_understood, address.status());
  const std::vector<client::Address> places =
      address.ok() ? std::vector{*address} : client::UsualPlaces(session.surroundings);
  const std::string reason = CleanText(options.reason, kLongestReason);
  const Outcome outcome = StopAt(places, meaning.level, reason, session);
  if (outcome.stops.empty()) return Failed(outcome.failed, places, slip);
  absl::Status verdict = Judge(outcome.stops, slip);
  if (verdict.ok() || !session.output.json()) {
    for (const Confirmed& stop : outcome.stops) {
      Tell(session, meaning.level, stop, slip.of_address);
    }
  }
  return verdict;
}

absl::Status RunClearFault(Session& session, const std::string& typed) {
  // Not "left/" for all of it: as a script writes it whose joint was not set.
  const auto split = ParseName(typed, "joint");
  if (!split.ok()) return split.status();
  auto [asked, name] = *split;
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  client::Connection& daemon = **connection;
  const auto description = daemon.Call(client::kGetDescription, {}, session.Within());
  if (!description.ok()) return description.status();

  if (asked.empty() && NamesGroup(*description, name)) asked = std::exchange(name, {});
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
