#pragma once

#include "server/core/joint.h"
#include "server/servo/feetech/servo_state.h"

namespace soarm::servo::feetech {

// Which goal acts in a servo is not always what register 42 says:
//
//   the servo                                 acts on
//   was given a goal and has torque           register 42
//   cuts its output (supply, temperature)     the shaft, which its goal follows; afterwards on
//                                             where it let go
//   got torque by register 40 alone           where it stood then; 42 keeps what it was once told
//
// In the last two cases the servo "let go" of register 42's goal until it is given a new one.

// What is found below counts once the servo says it a second time, asked alone (Reading::alone): a
// drive is a number like any other, and may be damaged. `servo.says` tells that this is wanted.

// After every answer that told position and drive: follows a servo that cuts its own output, and
// latches why, so that what comes back is held and not driven until a clear. Where
// it is said to and drives all the same, the goal is not the shaft's place but the one driven to.
void CheckOutput(const JointModel& joint, const JointSample& sample, ServoState& servo,
                 bool alone) noexcept;

// After an answer that told registers 40 to 49 and the whole feedback: finds a goal that does not
// act. A position loop drives in proportion to how far it is from its goal; a servo that stands far
// from register 42's and hardly drives, or the other way, holds another goal, which its drive
// tells. Goals that were sent within the servo's dead time are not judged.
void CheckDrive(const JointModel& joint, const JointSample& sample, ServoState& servo, MonoTime now,
                bool alone) noexcept;

// Register 42's value as the servo takes it, within its range, if it acts; else where it let go.
std::int32_t ActingGoal(const ServoState& servo) noexcept;

// JointSample::full_drive_rad, in ticks.
double FullDriveTicks(const ServoState& servo) noexcept;
// JointSample::overload_drive_rad, in ticks.
double OverloadDriveTicks(const ServoState& servo) noexcept;

}  // namespace soarm::servo::feetech
