#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/time/allowance.h"
#include "server/core/audit.h"

namespace soarm {

// What one caller may still write, what it repeats and what was dropped of it.
struct CallerBudget {
  struct Repeated {
    AuditEvent event;
    MonoTime since{};
    std::uint64_t times = 0;  // after the first
  };

  explicit CallerBudget(MonoTime now);
  // In bytes.
  Allowance& For(const AuditEvent& event) { return event.grave ? grave : usual; }
  // It may be forgotten: whoever comes anew has as much.
  bool IsIdle(MonoTime now) const;

  Allowance usual;
  Allowance grave;                                // AuditEvent::grave
  std::map<std::string, Repeated> repeated = {};  // by who, what and outcome
  std::uint64_t dropped = 0;                      // events that were not told yet
};

// Whose budget an event is on: one client of whatever address, all of TCP from this computer, the
// Unix socket. So nobody has more for another connection.
std::string BudgetKey(std::string_view who);

}  // namespace soarm
