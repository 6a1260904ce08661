#pragma once

#include <optional>

#include "server/core/actuator_bus.h"
#include "server/servo/feetech/bus_context.h"

namespace soarm::servo::feetech {

// Pure checks of the torque-on contract; nothing means: passed.

// Registers 9 to 33 as just read (`image` begins at `first`) against those at opening.
inline constexpr Block kStoredBlock{9, 25};
std::optional<BusOperationResult> CheckStored(const BusContext& bus, std::size_t joint,
                                              std::uint8_t first,
                                              std::span<const std::uint8_t> image) noexcept;

// The newest feedback: supply, status bits, position.
std::optional<BusOperationResult> CheckFeedback(const BusContext& bus, std::size_t joint,
                                                int seam_ticks) noexcept;

// Its last part: a position inside the calibrated and the servo's own range, away from the seam.
std::optional<BusOperationResult> CheckPlace(const BusContext& bus, std::size_t joint,
                                             int seam_ticks) noexcept;

// As CheckFeedback() for a joint that is under torque: its goal has to lie inside the range, and
// itself no further outside than it may sag; a quarter of the seam's margin is enough for what
// stands still.
std::optional<BusOperationResult> CheckHeld(const BusContext& bus, std::size_t joint,
                                            int seam_ticks) noexcept;

// Acceleration and speed registers that smooth least.
std::int32_t FastestAcceleration() noexcept;
std::int32_t FastestSpeed(const ServoState& servo) noexcept;

// Whether the servo took the acceleration; firmware may cap it at its own limit (register 85).
bool TookAcceleration(const ServoState& servo, std::int32_t wanted) noexcept;

// |a - b| on a circle of one turn.
std::int32_t TicksApart(std::int32_t a, std::int32_t b) noexcept;

}  // namespace soarm::servo::feetech
