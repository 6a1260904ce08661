#pragma once

#include <span>

#include "server/core/joint.h"
#include "server/servo/registers.h"
#include "server/servo/servo_state.h"

namespace soarm::servo {

// Whether an answer may be believed.
//
// The checksum is one byte: of the answers in which more than one byte is damaged one in 256 passes
// it, and would tell of another place, another goal, lost torque. Two servos that talk at once
// damage each other's answers, in the same way every time. What neither the joint's own motion nor
// a write of ours explains is therefore a surprise: it is as good as no answer until the servo says
// it again, asked `alone`. A position that a servo cannot have (single-turn feedback knows 0 to
// 4095 only) is never believed.
//
// `last` is the newest sample that was believed. A wheel's place is nobody's business, nor are the
// registers of a servo that an operation works on.
// Real time  yes.
bool IsBelievable(const JointModel& joint, const JointSample& last, ServoState& servo, Block block,
                  std::span<const std::uint8_t> data, bool alone, MonoTime at) noexcept;

// What a servo is asked for to confirm a surprise: registers 40 to 70.
inline constexpr Block kTelling{
    kWorkingBlock.address, reg::kCurrent.address + reg::kCurrent.width - kWorkingBlock.address};

}  // namespace soarm::servo
