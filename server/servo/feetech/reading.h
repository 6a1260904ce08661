#pragma once

#include "server/servo/bus/plausibility.h"
#include "server/servo/feetech/registers.h"
#include "server/servo/feetech/servo_state.h"

namespace soarm::servo::feetech {

// Whether a reading may be believed, as servo::Weigh(); a place that this servo cannot have told is
// impossible. `last` is the newest sample that was believed.
// Real time  yes.
Plausibility Weigh(const JointModel& joint, const JointSample& last, ServoState& servo,
                   const Reading& reading) noexcept;

// What a servo is asked for to confirm a surprise: registers 40 to 70.
inline constexpr Block kConfirmBlock{
    kWorkingBlock.address, reg::kCurrent.address + reg::kCurrent.width - kWorkingBlock.address};

}  // namespace soarm::servo::feetech
