#include "common/version/version.h"

#include "clients/tools/soarm/commands/commands.h"

namespace soarm::cli {

// Needs no daemon.
absl::Status RunVersion(Session& session) {
  const std::string version(Version());
  session.output.Print(session.output.json() ? VersionJson()
                                             : "soarm " + version + " (soarm.v1)\n");
  return absl::OkStatus();
}

std::string VersionJson() {
  return "{\"version\":" + JsonString(Version()) + ",\"api\":\"soarm.v1\"}\n";
}

}  // namespace soarm::cli
