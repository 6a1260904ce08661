#include "server/service/robot/robot_service.h"

#include <utility>

#include <unistd.h>

#include "server/service/edge/answer.h"
#include "server/service/edge/durations.h"
#include "server/service/edge/robot_view.h"
#include "server/service/robot/description.h"
#include "server/service/robot/fault_reports.h"

namespace soarm {
namespace {

std::string HostName() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return "";
  return name;
}

void FillBus(const BusInfo& info, const BusState& state, double rate_hz, v1::BusStatus& out) {
  out.set_name(info.name);
  out.set_device(info.device);
  out.set_open(state.open);
  if (!state.open && !info.open_error.ok()) {
    *out.mutable_error() = ToErrorDetail(info.open_error);
  }
  out.set_ticks(state.ticks_run);
  out.set_ticks_missed(state.ticks_missed);
  out.set_answers_missed(state.answers_missed);
  out.set_answers_corrupt(state.answers_corrupt);
  out.set_answers_discarded(state.answers_discarded);
  out.set_bus_late(state.bus_late);
  out.set_ticks_paused(state.ticks_paused);
  out.set_foreign_bytes(state.foreign_bytes);
  out.set_opens(state.opens);
  out.set_measured_rate_hz(rate_hz);
}

void FillConnections(const ConnectionCounts& counts, v1::ConnectionStatus& out) {
  out.set_served(static_cast<std::uint32_t>(counts.served));
  out.set_most(static_cast<std::uint32_t>(counts.most));
  out.set_waiting(static_cast<std::uint32_t>(counts.waiting));
  out.set_full(counts.full);
  out.set_silent(counts.silent);
  out.set_unproven(counts.unproven);
  out.set_idle(counts.idle);
  out.set_cut_off(counts.cut_off);
  out.set_stalled(counts.stalled);
  out.set_listeners_rebuilt(static_cast<std::uint32_t>(counts.listeners_rebuilt));
}

}  // namespace

RobotService::RobotService(const Edge& edge)
    : edge_(edge), started_at_(edge.clock.Now()), rates_(edge.robot, edge.clock) {}

grpc::ServerUnaryReactor* RobotService::GetInfo(grpc::CallbackServerContext* context,
                                                const v1::GetInfoRequest* request,
                                                v1::GetInfoResponse* response) {
  return Answer(edge_, context, *request, [&] {
    response->set_version(edge_.identity.version);
    response->set_revision(edge_.identity.revision);
    response->set_api("soarm.v1");
    response->set_host(HostName());
    response->set_clock_id(edge_.clock_id.Now());
    response->set_wall_offset_ns(ReadWallOffset().count());
    *response->mutable_uptime() = ToProto(edge_.clock.Now() - started_at_);
    response->set_simulated(edge_.identity.simulated);
    for (const std::string& address : edge_.reach.addresses()) response->add_listening(address);
    response->set_tls_fingerprint(edge_.reach.fingerprint());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RobotService::GetDescription(grpc::CallbackServerContext* context,
                                                       const v1::GetDescriptionRequest* request,
                                                       v1::RobotDescription* response) {
  return Answer(edge_, context, *request, [&] {
    *response = MakeDescription(edge_.robot, ReadRobot(edge_.robot, edge_.clock));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RobotService::GetStatus(grpc::CallbackServerContext* context,
                                                  const v1::GetStatusRequest* request,
                                                  v1::StatusResponse* response) {
  return Answer(edge_, context, *request, [&] {
    const RobotView view = ReadRobot(edge_.robot, edge_.clock);
    for (std::size_t bus = 0; bus < view.states.size(); ++bus) {
      FillBus(edge_.robot.Bus(bus), view.states[bus], rates_.Rate_hz(bus), *response->add_buses());
    }
    for (const DeviceInfo& device : edge_.robot.Devices()) {
      for (v1::FaultReport& report : FaultReportsOf(device)) {
        *response->add_faults() = std::move(report);
      }
    }
    for (const GroupInfo& group : edge_.robot.groups()) {
      for (v1::FaultReport& report : FaultReportsOf(group, view)) {
        *response->add_faults() = std::move(report);
      }
    }
    response->set_realtime_priority(edge_.robot.realtime_priority());
    response->set_memory_locked(edge_.robot.memory_locked());
    response->set_verdicts_lost(edge_.robot.verdicts_lost());
    FillConnections(edge_.reach.connections(), *response->mutable_connections());
    return absl::OkStatus();
  });
}

}  // namespace soarm
