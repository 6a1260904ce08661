#include "clients/tools/soarm/commands/commands.h"

namespace soarm::cli {

// Needs no daemon; SOARM_VERSION comes from the build.
absl::Status RunVersion(Session& session) {
  if (session.output.json()) {
    session.output.Print("{\"version\":" + JsonString(SOARM_VERSION) + ",\"api\":\"soarm.v1\"}\n");
  } else {
    session.output.Print("soarm " SOARM_VERSION " (soarm.v1)\n");
  }
  return absl::OkStatus();
}

}  // namespace soarm::cli
