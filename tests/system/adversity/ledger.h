#pragma once

#include <cstdint>

#include "tests/system/adversity/spans.h"

namespace soarm::test {

// Who was allowed what, as the one who does it knows: the only excuse for a motion or for torque
// that comes or goes. Each span is drawn so that it is rather too wide for what causes motion, and
// rather too narrow for what forbids it.
//
// Not thread-safe. Times  CLOCK_MONOTONIC, ns.
struct Ledger {
  Spans drives;     // a client may drive the arm
  Spans dead;       // no daemon, or a frozen one: nothing can act on any command
  Spans stopped;    // a stop stands, and that was said
  Spans energises;  // a client may turn torque on
  Spans releases;   // something may turn torque off
};

}  // namespace soarm::test
