#include "server/service/edge/admit.h"

#include <optional>
#include <string>

#include "common/base/problem.h"
#include "common/log/log.h"
#include "server/service/edge/access_rules.h"

namespace soarm {
namespace {

std::string WithArticle(ClientRole role) {
  return (role == ClientRole::kViewer ? "a " : "an ") + std::string(ClientRoleName(role));
}

absl::Status RoleTooLow(const Caller& caller, const AccessRule& rule) {
  const std::string needed(ClientRoleName(rule.needed));
  const std::string message = rule.method + " is for " + WithArticle(rule.needed) + ": " +
                              caller.connection() + " is " + WithArticle(caller.role()) + ".";
  std::string fix = "Call it through the Unix socket of the program that serves it.";
  if (caller.client_name()) {
    fix = "On the robot's computer, `soarm pair revoke " + *caller.client_name() +
          "`, then pair it anew with `soarm pair open --role " + needed + "`.";
  }
  return Refuse(absl::StatusCode::kPermissionDenied, "ROLE_TOO_LOW",
                caller.client_name().value_or(""), message, fix,
                {{"method", rule.method},
                 {"role", std::string(ClientRoleName(caller.role()))},
                 {"needed", needed}});
}

absl::Status LinkStalled(const Caller& caller, const AccessRule& rule) {
  return Refuse(absl::StatusCode::kUnavailable, "LINK_STALLED", caller.client_name().value_or(""),
                rule.method + " of " + caller.connection() +
                    " was not done: it may be old. Nothing came back from there within a second, "
                    "more than 1 MiB waited, or a stop overtook it.",
                "Try again once the network carries both ways; `soarm ping` shows how it does.");
}

std::string OutcomeOf(const absl::Status& status) {
  if (status.ok()) return "OK";
  std::string reason = ProblemOf(status).reason;
  return reason.empty() ? absl::StatusCodeToString(status.code()) : reason;
}

}  // namespace

absl::StatusOr<Caller> Admit(const Entrance& entrance, const grpc::CallbackServerContext& context,
                             const google::protobuf::Descriptor& request) {
  absl::StatusOr<Caller> caller = Caller::OfPeer(context.peer(), entrance);
  std::optional<std::string> known;
  if (caller.ok()) {
    known = caller->connection();
    const AccessRule rule = RuleOf(request);
    if (spdlog::should_log(spdlog::level::debug)) {
      ComponentLog("rpc")->debug("{} by {}", request.full_name(), caller->connection());
    }
    if (caller->role() < rule.needed) {
      caller = RoleTooLow(*caller, rule);
    } else if (rule.when_late == WhenLate::kWaits && context.IsCancelled()) {
      caller = absl::CancelledError("its caller has given it up");
    } else if (rule.when_late == WhenLate::kWaits && caller->is_silent()) {
      caller = LinkStalled(*caller, rule);
    }
  }
  if (!caller.ok()) {
    if (spdlog::should_log(spdlog::level::debug)) {
      ComponentLog("rpc")->debug("{} refused: {}", request.full_name(),
                                 ToStd(caller.status().message()));
    }
    entrance.audit.Note({.who = known.value_or(ProblemOf(caller.status()).subject),
                         .what = RuleOf(request).method,
                         .outcome = OutcomeOf(caller.status())});
  }
  return caller;
}

void NoteOutcome(const Entrance& entrance, const Caller& caller,
                 const google::protobuf::Descriptor& request, const absl::Status& outcome,
                 AuditEvent more) {
  const AccessRule rule = RuleOf(request);
  if (rule.needed == ClientRole::kViewer) return;
  more.who = caller.connection();
  more.what = rule.method;
  more.outcome = OutcomeOf(outcome);
  entrance.audit.Note(more);
}

}  // namespace soarm
