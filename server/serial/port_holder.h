#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

#include "common/base/problem.h"

namespace soarm {

// A process that has a tty open.
struct PortHolder {
  pid_t pid = 0;
  // Its command line, cut, as it may be shown anywhere; its name where that cannot be read.
  std::string program;
};

// The first process but this one that has the tty at `path` open, by whatever name; nothing when
// there is none, or none that may be looked at: what other users' programs have open only root
// sees. Who keeps the far side of a pseudo-terminal is the device, not a user of it. `asked_first`,
// who had it last, is looked at ahead of all others.
//
// Slow side only: walks /proc, for tens of milliseconds where many programs run.
std::optional<PortHolder> FindPortHolder(const std::string& path, pid_t asked_first = 0);

// This process, if it has the tty open.
std::optional<PortHolder> FindOwnHold(const std::string& path);

// PORT_IN_USE, for people. Without a holder: somebody has it who could not be seen.
Problem PortInUse(const std::string& path, const std::optional<PortHolder>& holder);

}  // namespace soarm
