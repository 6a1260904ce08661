#include "clients/cpp/durations.h"
#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/robot_view.h"
#include "clients/tools/soarm/table.h"
#include "clients/tools/soarm/text.h"

namespace soarm::cli {

absl::Status RunInfo(Session& session) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  const auto info = (*connection)->Call(client::kGetInfo, {}, session.Within());
  if (!info.ok()) return info.status();
  if (session.output.json()) {
    session.output.Show(*info);
    return absl::OkStatus();
  }
  std::string listening;
  for (const std::string& address : info->listening()) listening += address + " ";
  Table table({{"soarmd"}, {info->version() + (info->simulated() ? "  (simulated robot)" : "")}});
  table.Add({"revision", info->revision()});
  table.Add({"api", info->api()});
  table.Add({"host", info->host()});
  table.Add({"up", Span(client::FromProto(info->uptime()))});
  table.Add({"listening", listening});
  if (!info->tls_fingerprint().empty()) table.Add({"fingerprint", info->tls_fingerprint()});
  session.output.Print(table.Render());
  return absl::OkStatus();
}

absl::Status RunDescription(Session& session) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  const auto description = (*connection)->Call(client::kGetDescription, {}, session.Within());
  if (!description.ok()) return description.status();
  if (session.output.json()) {
    session.output.Show(*description);
  } else {
    session.output.Print(DescriptionTables(*description));
  }
  return absl::OkStatus();
}

}  // namespace soarm::cli
