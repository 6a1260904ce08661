#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/time/clock.h"
#include "server/core/robot.h"

namespace soarm {

// Whether the control loops make progress, from their tick counters alone: what feeds the
// watchdog, so that a hung loop is never papered over by a healthy thread beside it.
//
// Threads  one.
class ProgressWatch {
 public:
  explicit ProgressWatch(std::size_t buses) : last_tick_(buses) {}

  // True when every bus that is open has ticked since the last call. A bus that is known to be
  // absent counts as well: its loop has nothing to do but to look for it.
  bool Advanced(const std::vector<BusState>& states);

 private:
  std::vector<std::optional<std::uint64_t>> last_tick_;
};

}  // namespace soarm
