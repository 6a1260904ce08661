#pragma once

#include <chrono>
#include <optional>

#include "common/base/problem.h"
#include "server/servo/feetech/bus_context.h"

namespace soarm::servo::feetech {

// What lies between this computer and the wire, found out before any servo is known: whether it
// echoes, and how long it holds answers back.

// How long an echo is usually waited for.
inline constexpr Nanos kEchoWait = std::chrono::milliseconds(4);
// Nothing slower than this is waited for: USB over a network.
inline constexpr Nanos kLongestAllowance = std::chrono::milliseconds(60);
// A USB adapter adds one or two milliseconds, an FTDI as it comes 16. From here on it is slow: the
// bus then runs as fast as its answers come, and says so (ADAPTER_LATENCY).
inline constexpr Nanos kSlowTransport = std::chrono::microseconds(2500);
// Beyond this no torque is enabled: a request beside that of the tick would make what is known of
// the arm older than the 50 ms after which it is held.
inline constexpr Nanos kSlowestToDrive = std::chrono::milliseconds(20);

// Pings an id that nobody has. Nothing is owed any more afterwards. Real time: yes; takes `wait`
// without an echo.
void DetectEcho(BusContext& bus, Nanos wait = kEchoWait) noexcept;

// For this long an answer is waited for beyond its worst case on the wire.
void FixAllowance(BusContext& bus, Nanos allowance) noexcept;

// Asks the servos that answer for options.measuring_time, longer where their answers come late, as
// some seemed to have if `late`; sets the allowance and transport_delay. Slow side: allocates.
void MeasureTransport(BusContext& bus, bool late);

// ADAPTER_LATENCY with what was measured, where that is slow. What the port itself knows about it
// is in there: one fault, one fix. Slow side.
std::optional<Problem> SlowTransport(const BusContext& bus);

}  // namespace soarm::servo::feetech
