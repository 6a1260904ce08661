#pragma once

#include "server/control/tick_verdict.h"
#include "server/core/verdict.h"

namespace soarm {

// What a tick said of a command, as the edge hears it. Pure.
VerdictRecord RecordOf(const control::TickVerdict& verdict);

}  // namespace soarm
