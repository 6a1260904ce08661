#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/robot_view.h"

namespace soarm::cli {

absl::Status RunState(Session& session, const std::string& group) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  v1::GetStateRequest request;
  request.set_group(group);
  const auto frame = (*connection)->Call(client::kGetState, request, session.Within());
  if (!frame.ok()) return frame.status();
  if (session.output.json()) {
    session.output.Show(*frame);
  } else {
    session.output.Print(StateTables(*frame, session.output));
  }
  return absl::OkStatus();
}

}  // namespace soarm::cli
