#include "clients/cpp/address.h"
#include "clients/cpp/stop_socket.h"
#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/groups.h"
#include "clients/tools/soarm/text.h"

namespace soarm::cli {
namespace {

v1::StopRequest::Level LevelOf(const std::string& name) {
  v1::StopRequest::Level level = v1::StopRequest::HOLD;
  v1::StopRequest::Level_Parse(ToUpperSnake(name), &level);
  return level;
}

// The way that works even when the daemon's gRPC port is dead.
std::string StopThroughSockets(const client::Address& address, const StopOptions& options) {
  for (const std::string& path : address.stop_sockets) {
    const auto id = client::StopThroughSocket(path, options.level, options.reason,
                                              std::chrono::milliseconds(500));
    if (id.ok()) return *id;
  }
  return {};
}

absl::StatusOr<std::string> StopThroughRpc(Session& session, const client::Address& address,
                                           const StopOptions& options) {
  auto connection = client::Connection::Open(address, std::chrono::seconds(2), session.stop);
  if (!connection.ok()) return connection.status();
  v1::StopRequest request;
  request.set_level(LevelOf(options.level));
  request.set_reason(options.reason);
  const auto response =
      (*connection)->Call(client::kStop, request, session.Within(std::chrono::seconds(2)));
  if (!response.ok()) return response.status();
  return response->stop_id();
}

}  // namespace

absl::Status RunStop(Session& session, const StopOptions& options) {
  const auto address = client::ResolveAddress(session.server, client::ReadSurroundings());
  if (!address.ok()) return address.status();
  std::string id = StopThroughSockets(*address, options);
  if (id.empty()) {
    auto stopped = StopThroughRpc(session, *address, options);
    if (!stopped.ok()) return stopped.status();
    id = *std::move(stopped);
  }
  if (session.output.json()) {
    v1::StopResponse response;
    response.set_stop_id(id);
    session.output.Show(response);
  } else {
    session.output.Print("stopped (" + options.level + "): " + id +
                         "\ntake it back with: soarm clear\n");
  }
  return absl::OkStatus();
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
  return absl::OkStatus();
}

absl::Status RunClearFault(Session& session, const std::string& joint) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  client::Connection& daemon = **connection;
  const auto description = daemon.Call(client::kGetDescription, {}, session.Within());
  if (!description.ok()) return description.status();

  const std::size_t slash = joint.find('/');
  const std::string name = slash == std::string::npos ? joint : joint.substr(slash + 1);
  const std::string asked = slash == std::string::npos ? "" : joint.substr(0, slash);
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
