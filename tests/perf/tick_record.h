#pragma once

#include <cstdint>

// What tick_probe leaves in its file, one record a tick of the control thread. The Python side
// (bench/ticks.py) reads the same layout.
namespace soarm::perf {

struct TickRecord {
  std::int64_t due_ns;    // the deadline the thread asked to be woken at
  std::int64_t woke_ns;   // when it was
  std::int64_t slept_ns;  // when it went to sleep again
  std::int64_t wire_ns;   // of that, inside write, poll, read and ioctl
  std::int64_t cpu_ns;    // CPU time of the thread, woke to slept
  std::int64_t allocations;
  std::int64_t minor_faults;
  std::int64_t major_faults;
};

struct TickFile {
  std::int64_t capacity;
  std::int64_t count;  // records complete; the probe stops when it is full
  TickRecord records[1];
};

}  // namespace soarm::perf
