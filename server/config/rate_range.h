#pragma once

#include <string_view>

namespace soarm {

// What the control rate may be. The invariants of docs/safety.md are told in ticks and in
// milliseconds, and both hold down to 20 ms per tick: a joint is stale after 50 ms.
inline constexpr double kSlowestRate_hz = 50;
inline constexpr double kFastestRate_hz = 1000;
inline constexpr std::string_view kWhyNotSlower =
    "a slower tick carries out stops and notices silent joints too late";

}  // namespace soarm
