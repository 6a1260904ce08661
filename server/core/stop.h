#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace soarm {

// How hard a stop is. Assertions are joined by taking the most restrictive; no level ever starts
// motion.
enum class StopLevel : std::uint8_t { kNone, kHold, kSoftHold, kRelease };

// Those that somebody can ask for.
inline constexpr std::array kStopLevels = {StopLevel::kHold, StopLevel::kSoftHold,
                                           StopLevel::kRelease};

// What is kept of its reason and of who asserted it, in bytes.
inline constexpr std::size_t kLongestReason = 256;

constexpr StopLevel Join(StopLevel a, StopLevel b) noexcept { return a < b ? b : a; }

std::string_view StopLevelName(StopLevel level);

}  // namespace soarm
