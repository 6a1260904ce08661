#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "clients/cpp/durations.h"
#include "clients/tools/soarm/clean_message.h"
#include "clients/tools/soarm/commands/commands.h"
#include "common/base/problem.h"

namespace soarm::cli {
namespace {

// A link may hold the answer for so long without making a stop young that was old when it was
// asked.
constexpr Nanos kSlowAnswer = std::chrono::seconds(1);

// What stood when the command was typed, and what has come since.
struct Standing {
  std::vector<std::string> ids;
  std::vector<std::string> newer;
};

absl::StatusOr<Standing> Look(const Session& session, client::Connection& daemon,
                              MonoTime typed_at) {
  const MonotonicClock clock;
  const MonoTime asked_at = clock.Now();
  const auto safety = daemon.Call(client::kGetSafety, {}, session.Within());
  if (!safety.ok()) return safety.status();
  // The daemon says how old a stop was some time between asking and hearing, so that one which is
  // younger than the question is newer than the command. Beyond a second of waiting it counts as
  // newer, too, if it could be.
  const Nanos youngest = std::max(asked_at - typed_at, clock.Now() - typed_at - kSlowAnswer);
  Standing standing;
  for (const v1::StopAssertion& stop : safety->stops()) {
    const Nanos age = client::FromProto(stop.age());
    // An age of 0 is none: the robot's clock was set back.
    const bool newer = age > Nanos{0} && age < youngest;
    (newer ? standing.newer : standing.ids).push_back(stop.stop_id());
  }
  return standing;
}

// One of them. Somebody else may have cleared it in the meantime.
absl::Status ClearOne(const Session& session, client::Connection& daemon, const std::string& id,
                      v1::ClearResponse& all) {
  v1::ClearRequest request;
  request.set_stop_id(id);
  const auto response = daemon.Call(client::kClear, request, session.Within());
  if (!response.ok()) return response.status();
  for (const std::string& cleared : response->cleared()) all.add_cleared(cleared);
  all.clear_not_kept();
  if (response->has_not_kept()) *all.mutable_not_kept() = response->not_kept();
  return absl::OkStatus();
}

void Tell(Session& session, const v1::ClearResponse& response, bool none_stood) {
  if (session.output.json()) {
    session.output.Show(response);
    return;
  }
  for (const std::string& id : response.cleared()) session.output.Print("cleared " + id + "\n");
  if (none_stood) session.output.Print("no stop was asserted\n");
  if (response.has_not_kept()) {
    session.output.Note("a restart would not keep to that: " + response.not_kept().message() + " " +
                        response.not_kept().fix() + "\n");
  }
}

absl::Status Newer(const std::vector<std::string>& ids) {
  std::string joined;
  for (const std::string& id : ids) joined += (joined.empty() ? "" : ", ") + id;
  return Refuse(absl::StatusCode::kFailedPrecondition, "STOP_IS_NEWER", joined,
                "A stop stays that was set after the command was typed: " + joined + ".",
                "See why with `soarm status`, then clear it: soarm clear " + ids.front(),
                {{"stop_ids", joined}});
}

}  // namespace

absl::Status RunClear(Session& session, const std::string& stop_id) {
  const MonoTime typed_at = MonotonicClock().Now();
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  v1::ClearResponse all;
  if (!stop_id.empty()) {
    absl::Status cleared = ClearOne(session, **connection, stop_id, all);
    if (cleared.ok()) Tell(session, all, false);
    return cleared;
  }
  const auto standing = Look(session, **connection, typed_at);
  if (!standing.ok()) return standing.status();
  absl::Status failed;
  for (const std::string& id : standing->ids) {
    failed = ClearOne(session, **connection, id, all);
    if (!failed.ok() && ProblemOf(failed).reason == "UNKNOWN_STOP") failed = absl::OkStatus();
    if (!failed.ok()) break;
  }
  if (failed.ok() && !standing->newer.empty()) failed = Newer(standing->newer);
  const bool none = all.cleared().empty() && failed.ok();
  if (none || !all.cleared().empty()) Tell(session, all, none);
  return failed;
}

}  // namespace soarm::cli
