#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/time/clock.h"
#include "server/core/audit.h"

namespace soarm {

// Bytes that may be written at once and in the long run. What is written last may go beyond.
//
// Threads  one at a time.
class ByteBudget {
 public:
  ByteBudget(double burst_bytes, double rate_bytes_s, MonoTime now)
      : burst_bytes_(burst_bytes),
        rate_bytes_s_(rate_bytes_s),
        room_bytes_(burst_bytes),
        at_(now) {}

  bool HasRoom(MonoTime now) const { return RoomAt(now) > 0; }
  // Nothing of it was used lately.
  bool IsFull(MonoTime now) const { return RoomAt(now) >= burst_bytes_; }
  void Use(std::size_t bytes, MonoTime now);

 private:
  double RoomAt(MonoTime now) const;

  double burst_bytes_;
  double rate_bytes_s_;
  double room_bytes_;
  MonoTime at_;
};

// What one caller may still write, what it repeats and what was dropped of it.
struct CallerBudget {
  struct Repeated {
    AuditEvent event;
    MonoTime since{};
    std::uint64_t times = 0;  // after the first
  };

  explicit CallerBudget(MonoTime now);
  ByteBudget& For(const AuditEvent& event) { return event.grave ? grave : usual; }
  // It may be forgotten: whoever comes anew has as much.
  bool IsIdle(MonoTime now) const;

  ByteBudget usual;
  ByteBudget grave;                               // AuditEvent::grave
  std::map<std::string, Repeated> repeated = {};  // by who, what and outcome
  std::uint64_t dropped = 0;                      // events that were not told yet
};

// Whose budget an event is on: one client of whatever address, all of TCP from this computer, the
// Unix socket. So nobody has more for another connection.
std::string BudgetKey(std::string_view who);

}  // namespace soarm
