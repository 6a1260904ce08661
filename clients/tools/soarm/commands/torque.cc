#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/groups.h"

namespace soarm::cli {
namespace {

// Every joint is read, set up and energised one after the other, with a look at each.
constexpr Nanos kTorqueTimeout = std::chrono::seconds(20);

template <typename Request, typename Response>
absl::Status Switch(Session& session, client::Connection& daemon,
                    client::UnaryMethod<Request, Response> method, const std::string& group,
                    std::string_view word) {
  auto lease = session.TakeLease(daemon, {group}, "soarm torque " + std::string(word));
  if (!lease.ok()) return lease.status();
  Request request;
  request.set_group(group);
  *request.mutable_lease() = (*lease)->ref();
  const auto response = daemon.Call(method, request, session.Within(kTorqueTimeout));
  if (!response.ok()) return response.status();
  if (session.output.json()) {
    session.output.Show(*response);
  } else {
    session.output.Print("torque " + std::string(word) + ": " + group + "\n");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunTorque(Session& session, bool on, const std::string& group) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  client::Connection& daemon = **connection;
  const auto description = daemon.Call(client::kGetDescription, {}, session.Within());
  if (!description.ok()) return description.status();
  const auto chosen = ChooseGroup(*description, group);
  if (!chosen.ok()) return chosen.status();
  return on ? Switch(session, daemon, client::kEnableTorque, *chosen, "on")
            : Switch(session, daemon, client::kReleaseTorque, *chosen, "off");
}

}  // namespace soarm::cli
