#pragma once

#include <cstdint>

#include "server/servo/feetech/servo_state.h"

namespace soarm::servo::feetech {

// Switches off a joint that the world pushes to the seam of its encoder.
//
// A servo's position loop counts from 0 to 4095 and knows no way round: a joint that is pushed over
// that seam is driven a whole turn the other way, at all its speed. No goal mends that: at the seam
// the reading flips from one end to the other, and the goal that was next to it is a turn away. So
// a joint that something drives past its goal to within kAtSeam_ticks, or that is found on the
// other side, has its torque written off until that was read back, and carries kAtSeam until a
// clear. Who enables it again meets the torque-on contract, which wants it kSeamMargin_ticks away.
//
// A joint that was found there, or is led there by its own goal, is left alone until it crosses.

// After every answer that told a position and was believed.
// Real time  yes.
void WatchSeam(std::int32_t position_raw, ServoState& servo) noexcept;

// After every answer that told registers 40 to 49.
void CheckSeamTorque(ServoState& servo) noexcept;

}  // namespace soarm::servo::feetech
