#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/time/clock.h"

namespace soarm::sim {

// When answers go out, and how they reach the host.
enum class WireTiming : std::uint8_t {
  kSlots,   // as firmware 3.10: one idle byte, then slot k of (answer + 3) bytes
  kBench,   // 20 us after the request or the answer before it; absent servos cost nothing
  kUsb1Ms,  // as kSlots, and bytes reach the host in batches of 1 ms
};

// "slots", "bench", "usb1ms"; nothing for any other name.
std::optional<WireTiming> WireTimingFor(std::string_view name);

inline constexpr Nanos kBenchTurnaround = std::chrono::microseconds(20);
inline constexpr Nanos kUsbFrame = std::chrono::milliseconds(1);

// Ten bits to a byte.
constexpr Nanos ByteTime(int baud) noexcept { return Nanos(10'000'000'000LL / baud); }

}  // namespace soarm::sim
