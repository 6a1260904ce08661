#pragma once

#include <cstdint>
#include <span>

#include "server/core/actuator_bus.h"
#include "server/core/joint.h"
#include "server/servo/bus/goal_watch.h"
#include "server/servo/feetech/request_builder.h"
#include "server/servo/feetech/servo_state.h"

namespace soarm::servo::feetech {

// Whether goals reach this servo now, were it under torque: role, answering, no blocking fault,
// working registers read and as expected.
bool GoalsReach(const ServoState& servo) noexcept;

// Whether the servo is known to stand by itself: its torque is off, or it is a wheel whose speed
// was read back as 0 since it was last written and since it fell silent: a speed of another
// program, or a servo that took its id, is not seen while it does not answer.
bool IsKnownToRest(const ServoState& servo) noexcept;

// Whether the host knows for sure that goals in this servo's range reach it unchanged: outside of
// registers 9 and 11 the servo would put the nearer end in the goal's place, which is a leap. No
// goal is in a range whose ends are crossed.
bool IsInServoRange(const ServoState& servo, double raw) noexcept;

// The register value for a goal: rounded to ticks, or ticks/s in the servo's unit.
std::int32_t GoalRegister(const JointModel& joint, const ServoState& servo, double value) noexcept;
// Back to ticks or ticks/s.
std::int32_t GoalTicks(const ServoState& servo, std::int32_t goal_register) noexcept;

// How long speed 0 alone is tried on a wheel that does not confirm it, and how long a joint in
// another mode may turn before it is switched off: seven ticks at 50 Hz.
inline constexpr Nanos kInsistAfter = std::chrono::milliseconds(150);

// Picks the goals that go out in this tick and adds them to the request as sync-writes. The list
// is made afresh every tick, because writing a goal turns torque on (firmware 3.10):
//
//   goal asked for, and ...
//   GoalsReach(), torque read as on        written
//   torque off                             not written: only the torque-on operation energises
//   outside the servo's own range, or      not written: the servo would leap to the range's end
//   the range's ends are crossed
//   current long not seen below its limit  not written: the servo may have switched itself off
//   same register value as last written    not written, unless the servo was seen with another
//   overloaded                             written only if it relieves
//   barred, but answers, has torque, and   written: yielding always gets through
//   the goal lies between its old one
//   and where it is
//
//   joint that is pushed to its seam         torque off (seam_watch.h)
//   ... under torque that is told to start   told anew what torque-on tells it
//   and brake by another program
//
//   joint or wheel in another mode, and ...
//   it must rest                           torque off
//   it turns or strains for kInsistAfter   torque off: there it holds no place
//   anything else                          nothing
//
//   wheel that must rest, and ...
//   IsKnownToRest()                        nothing; torque off if its motor turns it on for longer
//                                          than kComesToRest
//   goals reach it                         the goal as asked (a ramp), at its end 0
//   anything else                          0, and torque off too after kInsistAfter
//   its torque was never read              torque off: a speed would energise it
//
// `usual_current_gap` as for MayHaveTripped(). Returns the joints whose goal went out.
JointMask AddGoals(std::span<const JointGoal> goals, std::span<const JointModel> joints,
                   std::span<const JointSample> samples, std::span<ServoState> servos, MonoTime now,
                   Nanos usual_current_gap, RequestBuilder& request) noexcept;

}  // namespace soarm::servo::feetech
