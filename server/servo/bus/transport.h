#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "server/servo/bus/bus_parts.h"

namespace soarm::servo {

// Finding out what lies between this computer and the wire: whether it echoes, and how long it
// holds answers back (which transport_delay.h keeps). A family says what it asks for to that end.

// How long an echo is usually waited for.
inline constexpr Nanos kEchoWait = std::chrono::milliseconds(4);
// Sends `unanswered`, a request that no servo answers, and takes what comes back for an echo.
// Nothing is owed any more afterwards. Real time: yes; takes `wait` without an echo.
void ListenForEcho(BusParts& bus, std::span<const std::uint8_t> unanswered, Nanos wait) noexcept;

// What the transport added to a request of `request` bytes that was sent at `start` and has just
// been answered with `data` bytes.
Nanos DelayOf(const BusParts& bus, MonoTime start, std::size_t request, std::size_t data) noexcept;

}  // namespace soarm::servo
