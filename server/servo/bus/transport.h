#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "common/base/problem.h"
#include "server/servo/bus/bus_parts.h"

namespace soarm::servo {

// What lies between this computer and the wire: whether it echoes, and how long it holds answers
// back. A family says what it asks for to find that out.

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

// Sends `unanswered`, a request that no servo answers, and takes what comes back for an echo.
// Nothing is owed any more afterwards. Real time: yes; takes `wait` without an echo.
void ListenForEcho(BusParts& bus, std::span<const std::uint8_t> unanswered, Nanos wait) noexcept;

// For this long an answer is waited for beyond its worst case on the wire.
void FixAllowance(BusParts& bus, Nanos allowance) noexcept;

// What the transport added to a request of `request` bytes that was sent at `start` and has just
// been answered with `data` bytes.
Nanos DelayOf(const BusParts& bus, MonoTime start, std::size_t request, std::size_t data) noexcept;

// Of delays in ascending order the middle one: where most are long it is the transport, and not one
// servo, that has to be waited for.
Nanos UsualOf(const std::vector<Nanos>& sorted) noexcept;

// Sets the allowance and transport_delay by what was measured, in ascending order.
void UseDelays(BusParts& bus, const std::vector<Nanos>& sorted) noexcept;

// ADAPTER_LATENCY with what was measured, where that is slow. What the port itself knows about it
// is in there: one fault, one fix. Slow side.
std::optional<Problem> SlowTransport(const BusParts& bus);

}  // namespace soarm::servo
