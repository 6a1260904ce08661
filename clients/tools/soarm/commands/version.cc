#include "clients/tools/soarm/commands/commands.h"
#include "common/version/version.h"

namespace soarm::cli {

// Needs no daemon.
absl::Status RunVersion(Session& session) {
  const std::string version(Version());
  if (session.output.json()) {
    session.output.Print("{\"version\":" + JsonString(version) + ",\"api\":\"soarm.v1\"}\n");
  } else {
    session.output.Print("soarm " + version + " (soarm.v1)\n");
  }
  return absl::OkStatus();
}

}  // namespace soarm::cli
