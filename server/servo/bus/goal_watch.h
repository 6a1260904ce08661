#pragma once

#include <chrono>
#include <cstdint>

#include "common/time/clock.h"
#include "server/core/actuator_bus.h"
#include "server/core/joint.h"
#include "server/servo/bus/servo_record.h"

namespace soarm::servo {

// What is kept of the goals of one servo from tick to tick, whatever its family: what was sent
// last, and whether who has to come to rest does. Which goals go out its family decides.
//
// Real time  every function.

// Longer than any wheel or joint needs to come to rest once that is its goal.
inline constexpr Nanos kComesToRest = std::chrono::milliseconds(700);

// A goal goes out, which is `raw` in the servo's register.
void GoalSent(ServoRecord& servo, std::int32_t raw, MonoTime now) noexcept;

// Whether a goal eases an overload: it lies on the other side of the measured position than the
// old one, or closer to it. Any other goal would only press harder.
bool GoalRelieves(std::int32_t goal, std::int32_t old_goal, std::int32_t measured) noexcept;

// Keeps the time since when a joint has been waited for. `reached`: it stands, or will by its goal.
void WaitForRest(ServoRecord& servo, const JointGoal& goal, bool reached, MonoTime now) noexcept;

// Keeps the time since when a joint turns on that was told to stand, back and forth as well: its
// loop may be another program's. `told`: what it was told has reached it, and it can stand.
void WatchTurning(ServoRecord& servo, const JointGoal& goal, bool told, const JointSample& sample,
                  MonoTime now) noexcept;
// Whether a joint has turned on for longer than kComesToRest although it was told to stand.
bool TurnsOn(const ServoRecord& servo, MonoTime now) noexcept;
// The same of a wheel, and by its own motor; where a load turns it, its torque is what brakes it.
bool DrivesItselfOn(const ServoRecord& servo, const JointSample& sample, MonoTime now) noexcept;

// Whether something that a healthy bus reads back within two ticks or three has been waited for too
// long, and so is not certain: see Fault::kStopUnconfirmed.
bool IsStopOverdue(const ServoRecord& servo, MonoTime now) noexcept;

}  // namespace soarm::servo
