#pragma once

#include <string>

#include "server/config/flags.h"
#include "server/config/settings.h"

namespace soarm {

inline constexpr char kDefaultConfigPath[] = "/etc/soarm/soarmd.toml";

// Reads the process's surroundings.
Environment ReadEnvironment();

// Reads the configuration file that `flags` name, or the default one if it exists, and composes
// the settings. Everything wrong is appended to `errors`.
Settings LoadSettings(const DaemonFlags& flags, const Environment& environment,
                      ConfigErrors& errors);

}  // namespace soarm
