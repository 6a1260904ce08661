#pragma once

#include <span>
#include <string>

#include "common/base/problem.h"
#include "common/time/clock.h"
#include "server/core/actuator_bus.h"

namespace soarm {

// ADAPTER_LATENCY: an adapter that is slow, with what it adds. Where `notes`, what was found as the
// bus was opened, tell how to mend it, that is the fix: one fault, one fix. `period`: of the tick.
// Slow side.
Problem AdapterLatency(const AdapterState& adapter, const std::string& device, Nanos period,
                       std::span<const Problem> notes);

}  // namespace soarm
