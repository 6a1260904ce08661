#pragma once

#include "common/time/clock.h"

namespace soarm {

// Blocks the signals that end the process (SIGINT, SIGTERM, SIGHUP) in the calling thread and all
// that it starts, and ignores SIGPIPE. Before the first thread.
void BlockEndSignals();

// Waits at most `patience` for one of them; its number, or 0.
int WaitForEndSignal(Nanos patience);

// Ends the process by SIGALRM should an orderly end take longer than this.
void LimitShutdown(std::chrono::seconds most);

}  // namespace soarm
