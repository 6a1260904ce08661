#include "server/service/edge/admit.h"

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

}  // namespace

absl::StatusOr<Caller> Admit(const Entrance& entrance, const grpc::CallbackServerContext& context,
                             const google::protobuf::Descriptor& request) {
  absl::StatusOr<Caller> caller = Caller::OfPeer(context.peer(), entrance);
  if (caller.ok()) {
    const AccessRule rule = RuleOf(request);
    if (spdlog::should_log(spdlog::level::debug)) {
      ComponentLog("rpc")->debug("{} by {}", request.full_name(), caller->connection());
    }
    if (caller->role() < rule.needed) caller = RoleTooLow(*caller, rule);
  }
  if (!caller.ok() && spdlog::should_log(spdlog::level::debug)) {
    ComponentLog("rpc")->debug("{} refused: {}", request.full_name(),
                               ToStd(caller.status().message()));
  }
  return caller;
}

}  // namespace soarm
