#pragma once

#include "server/servo/feetech/servo_state.h"

namespace soarm::servo::feetech {

// Readings in a row that show another goal than ours before it is a fault.
inline constexpr int kMismatchesToFault = 3;

// Judges a fresh reading of registers 40 to 49 against what they should be:
//
//   reading                                        becomes
//   as expected                                    verified: goals may go out
//   settings back at their power-up values         kRebooted, latched
//   torque off though it was on                    kTorqueLost, latched, unless the goals told it
//   so torque on though it was off                    accepted: the sample shows it other settings
//   kGoalMismatch, latched: somebody else writes goal differs from ours written again (sync-writes
//   are not
//                                                  acknowledged); thrice in a row kGoalMismatch
//
// Latched faults keep goals away until an operation ends them.
void CheckWorking(ServoState& servo, const WorkingRegisters& reading) noexcept;

// Takes in register 55. One answer alone, which may be damaged, changes nothing.
void CheckLock(ServoState& servo, std::int32_t lock) noexcept;

// Trips ahead of the servo's own over-current protection, at 80 % of its time: once the servo has
// switched itself off, any goal would switch it on again. The time counts from when the current was
// last seen below the limit, because the servo may have begun to count right after that: while its
// answers were missing, or before the bus was opened.
void CheckCurrent(ServoState& servo, double current_a, MonoTime now) noexcept;

// Whether the same time has passed when a goal is about to be sent, for instance because this host
// stood still since the last reading: the servo may have switched itself off unseen. Readings that
// were below the limit and are no further apart than `usual_gap` raise no such doubt.
bool MayHaveTripped(const ServoState& servo, MonoTime now, Nanos usual_gap) noexcept;

// Whether so much of the servo's own time has passed that it may be switching itself off just now.
// Stricter than MayHaveTripped() by what is left between our time and the servo's: goals that let
// go of what the servo presses against are still sent in between.
bool MayBeSwitchedOff(const ServoState& servo, MonoTime now) noexcept;

}  // namespace soarm::servo::feetech
