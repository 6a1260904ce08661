#pragma once

#include <numbers>

namespace soarm {

inline constexpr double kPi = std::numbers::pi;
inline constexpr double kRadPerDeg = kPi / 180.0;
inline constexpr double kDegPerRad = 180.0 / kPi;

// One turn of a servo's output shaft in encoder ticks (12-bit magnetic encoder).
inline constexpr int kTicksPerTurn = 4096;
inline constexpr double kRadPerTick = 2.0 * kPi / kTicksPerTurn;

}  // namespace soarm
