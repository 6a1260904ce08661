#pragma once

#include <vector>

#include "server/config/settings.h"

namespace soarm {

// Which buses there are and what is on them:
//   [[bus]]            as configured; with a bare --sim they are simulated instead
//   --sim MODEL,...    replaces the configured buses by simulated ones
//   --port, --leader-port   gives the configured bus of that name another tty, or adds a bus
// A bus without a name is called after its arm's group ("arm", "leader"), a second one "arm2".
std::vector<BusSettings> ComposeBuses(const DaemonFlags& flags, const ConfigFile& file,
                                      ConfigErrors& errors);

}  // namespace soarm
