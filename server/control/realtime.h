#pragma once

#include <string>

#include <absl/status/status.h>

#include "server/control/options.h"

namespace soarm::control {

// What the kernel granted of real-time behaviour; shown in the API.
struct RealtimeReport {
  bool priority = false;  // SCHED_FIFO
  bool memory_locked = false;
  bool cpu_pinned = false;
  std::string refusals;  // what was refused and why; empty when all was granted
  bool complete(const ControlOptions& options) const {
    return (priority || options.realtime_priority <= 0) && memory_locked &&
           (cpu_pinned || options.cpu < 0);
  }
};

// Names the calling thread `name` (15 characters at most), asks for priority, processor and locked
// memory, and touches its stack so that no tick faults a page in.
RealtimeReport RequestRealtime(const std::string& name, const ControlOptions& options);

}  // namespace soarm::control
