#include <cstdint>
#include <utility>

#include "clients/cpp/durations.h"
#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/robot_view.h"
#include "clients/tools/soarm/table.h"
#include "clients/tools/soarm/text.h"

namespace soarm::cli {
namespace {

using Align = Table::Align;
using Colour = Output::Colour;

std::string BusTable(const v1::StatusResponse& status, const Output& output) {
  if (status.buses().empty()) return "no buses\n";
  Table table({{"bus"},
               {"device"},
               {""},
               {"rate", Align::kRight},
               {"ticks", Align::kRight},
               {"overruns", Align::kRight},
               {"missed", Align::kRight},
               {"corrupt", Align::kRight}});
  std::string errors;
  for (const v1::BusStatus& bus : status.buses()) {
    table.Add(
        {bus.name(), bus.device(),
         bus.open() ? output.Paint(Colour::kGreen, "open") : output.Paint(Colour::kRed, "closed"),
         Fixed(bus.measured_rate_hz(), 0) + " Hz", std::to_string(bus.ticks()),
         std::to_string(bus.ticks_missed()), std::to_string(bus.answers_missed()),
         std::to_string(bus.answers_corrupt())});
    if (bus.has_error()) {
      errors += bus.name() + ": " + bus.error().message() + "\n";
      if (!bus.error().fix().empty()) errors += "  fix: " + bus.error().fix() + "\n";
    }
  }
  return table.Render() + errors;
}

std::string GroupTable(const v1::StateFrame& frame, const v1::ListLeasesResponse& leases,
                       const Output& output) {
  Table table({{"group"}, {"mode"}, {"driven by"}});
  for (const v1::GroupState& group : frame.groups()) {
    std::string driver = "nobody";
    for (const v1::LeaseInfo& lease : leases.leases()) {
      if (lease.lease_class() == v1::OBSERVER) continue;
      for (const std::string& name : lease.groups()) {
        if (name != group.name()) continue;
        driver = lease.client_name() + " (" + v1::LeaseClass_Name(lease.lease_class()) + ")";
      }
    }
    table.Add({group.name(), ModeText(group, output), driver});
  }
  return table.Render();
}

std::string StopLines(const v1::SafetyState& safety, const Output& output) {
  std::string text;
  for (const v1::StopAssertion& stop : safety.stops()) {
    text += output.Paint(Colour::kRed, "stopped") + ": " +
            v1::StopRequest::Level_Name(stop.level()) + " " + stop.stop_id() + ", " +
            stop.reason() + " (" + stop.source() + ", " + Span(client::FromProto(stop.age())) +
            " ago)\n  fix: soarm clear\n";
  }
  if (safety.has_not_kept()) {
    text += "a restart would forget stops: " + safety.not_kept().message() +
            "\n  fix: " + safety.not_kept().fix() + "\n";
  }
  return text;
}

std::string FaultLines(const v1::StatusResponse& status, const Output& output) {
  std::string text;
  for (const v1::FaultReport& fault : status.faults()) {
    text += output.Paint(Colour::kRed, "fault") + ": " + fault.subject() + " " + fault.fault() +
            (fault.message().empty() ? "" : ", " + fault.message()) + "\n";
    if (!fault.fix().empty()) text += "  fix: " + fault.fix() + "\n";
  }
  if (status.verdicts_lost() > 0) {
    text += "verdicts lost: " + std::to_string(status.verdicts_lost()) +
            " since the start; more commands came at once than the daemon keeps answers for\n" +
            "  fix: Send commands at the rate of the bus or below.\n";
  }
  return text;
}

// Where somebody was turned away who may have wanted in.
std::string ConnectionLine(const v1::StatusResponse& status) {
  const v1::ConnectionStatus& connections = status.connections();
  const auto turned_away = connections.full() + connections.idle() + connections.silent() +
                           connections.unproven() + connections.cut_off() + connections.stalled() +
                           connections.listeners_rebuilt();
  if (turned_away == 0) return "";
  std::string text = "connections: " + std::to_string(connections.served()) + " of " +
                     std::to_string(connections.most()) + " served; since the start:";
  const std::pair<std::uint64_t, const char*> counts[] = {
      {connections.full(), " turned away for want of room,"},
      {connections.idle(), " ended as idle, to make room,"},
      {connections.silent(), " ended that did not speak HTTP/2 in time,"},
      {connections.unproven(), " refused without a good certificate,"},
      {connections.cut_off(), " cut off for what they said,"},
      {connections.stalled(), " times a link stood still,"},
      {connections.listeners_rebuilt(), " times a listener was opened anew,"}};
  for (const auto& [count, what] : counts) {
    if (count > 0) text += " " + std::to_string(count) + what;
  }
  text.back() = '\n';
  return text;
}

}  // namespace

// For programs the answer of GetStatus; for people also what one would look up next: who drives,
// and what keeps the arm from moving.
absl::Status RunStatus(Session& session) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  client::Connection& daemon = **connection;
  const auto status = daemon.Call(client::kGetStatus, {}, session.Within());
  if (!status.ok()) return status.status();
  if (session.output.json()) {
    session.output.Show(*status);
    return absl::OkStatus();
  }
  const auto info = daemon.Call(client::kGetInfo, {}, session.Within());
  if (!info.ok()) return info.status();
  const auto frame = daemon.Call(client::kGetState, {}, session.Within());
  if (!frame.ok()) return frame.status();
  const auto leases = daemon.Call(client::kListLeases, {}, session.Within());
  if (!leases.ok()) return leases.status();
  const auto safety = daemon.Call(client::kGetSafety, {}, session.Within());
  if (!safety.ok()) return safety.status();

  std::string text = "soarmd " + info->version() + " on " + info->host() +
                     (info->simulated() ? " (simulated robot)" : "") + ", up " +
                     Span(client::FromProto(info->uptime())) +
                     (status->realtime_priority() ? "" : ", without real-time priority") + "\n\n";
  text += BusTable(*status, session.output) + "\n";
  text += GroupTable(*frame, *leases, session.output);
  text += StopLines(*safety, session.output) + FaultLines(*status, session.output) +
          ConnectionLine(*status);
  session.output.Print(text);
  return absl::OkStatus();
}

}  // namespace soarm::cli
