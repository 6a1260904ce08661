#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/fixed_string.h"
#include "common/base/inline_vector.h"
#include "common/base/units.h"
#include "common/time/clock.h"
#include "server/core/fault.h"
#include "server/core/mode.h"
#include "server/core/register_fact.h"

namespace soarm {

// Joints on one wire: an arm has 6, LeKiwi 9, two arms on one bus 12.
inline constexpr std::size_t kMaxJoints = 16;
inline constexpr std::size_t kMaxGroups = 4;
// Groups of a robot over all its buses. The configuration refuses more.
inline constexpr std::size_t kMaxRobotGroups = 16;

// How far joints keep from the encoder's seam between 4095 and 0: goals stay clear of it, and
// torque comes on only this far from it.
inline constexpr std::int32_t kSeamMargin_ticks = 64;

// Position of a joint in its bus's list, which is ordered by servo id.
using JointIndex = std::uint8_t;
// Bit i stands for joint i.
using JointMask = std::uint32_t;
constexpr JointMask MaskOf(std::size_t joint) noexcept { return JointMask{1} << joint; }
constexpr bool IsIn(JointMask mask, std::size_t joint) noexcept {
  return (mask & MaskOf(joint)) != 0;
}

template <typename T>
using PerJoint = InlineVector<T, kMaxJoints>;

// What a joint is, apart from where it is: fixed by the robot's model and the servo's registers,
// constant from one opening of the bus to the next.
//
// Units  position_rad = sign * (position_raw - zero_ticks) * 2 pi / 4096, at the output shaft.
struct JointModel {
  Name name;
  std::uint8_t servo_id = 0;
  JointKind kind = JointKind::kPosition;
  bool is_gripper = false;  // reported as an opening 0..1 too; lower_raw is closed
  bool full_turn = false;   // wrist_roll: a range of a whole turn is normal
  std::int8_t sign = 1;
  std::int32_t zero_ticks = 2048;
  std::int32_t lower_raw = 0;  // calibrated range, inclusive: the servo keeps goals in it
  std::int32_t upper_raw = 4095;
  bool calibrated = false;
  RegisterFact unfit{};  // the first stored setting that keeps it from doing what its goal says
  RegisterFact lock{};   // what Fault::kUnlocked is about
  double max_temperature_c = 0;  // above it the servo cuts its output; 0: not known
  double give = 1;  // under a load, as a multiple of what it is with the factory's gain; at least 1
  double servo_acceleration_rad_s2 = 0;  // the most that the servo makes of a goal; 0: not limited
  std::uint16_t model_number = 0;        // 777 = STS3215; 0 until read
  std::uint8_t firmware_major = 0;
  std::uint8_t firmware_minor = 0;

  constexpr double RadFromRaw(double raw) const noexcept {
    return sign * (raw - zero_ticks) * kRadPerTick;
  }
  constexpr double RawFromRad(double rad) const noexcept {
    return sign * rad / kRadPerTick + zero_ticks;
  }
  // The calibrated range in radians, lower <= upper whatever the sign.
  constexpr double lower_rad() const noexcept {
    return sign > 0 ? RadFromRaw(lower_raw) : RadFromRaw(upper_raw);
  }
  constexpr double upper_rad() const noexcept {
    return sign > 0 ? RadFromRaw(upper_raw) : RadFromRaw(lower_raw);
  }
};

// A joint whose speed reading is not above this stands: just above one step of the reading.
inline constexpr double kStill_rad_s = 0.1;

// The newest a joint's servo said, plus what was last asked of it.
struct JointSample {
  MonoTime sampled_at{};          // when the answer left the servo; the epoch = never
  std::int32_t position_raw = 0;  // ticks after the servo's own offset
  double position_rad = 0;
  double velocity_rad_s = 0;  // quantised to 0.077 rad/s by the servo
  double load = 0;            // drive duty cycle, -1..1; not a torque
  double current_a = 0;       // signed like the duty
  double voltage_v = 0;       // supply at the servo
  double temperature_c = 0;
  bool moving = false;
  bool torque_on = false;       // as last read; also set by our own goal writes
  bool goal_written = false;    // goal_raw below was put on the wire since the bus was opened
  bool goal_confirmed = false;  // goal_raw was read back since it was last written
  bool goal_stored = true;      // false: the servo holds goal_raw, its goal register says another
  bool goal_doubted = false;    // it drives as by another goal than goal_raw: asked once more
  // The goal that acts in the servo as far as is known: the newest of what was read back and what
  // was put on the wire; where the servo's output is or was cut, the place where it let go. Ticks,
  // or ticks/s for VELOCITY joints.
  std::int32_t goal_raw = 0;
  double goal_rad = 0;       // the same in rad or rad/s
  std::uint32_t misses = 0;  // consecutive answers missed; 0 = answered in this tick
  // So far ahead of the joint a goal has all the drive that its servo's torque limit lets it have:
  // further ahead it only waits for that to be raised. Not known, or not limited: a large number.
  double full_drive_rad = 1000;
  // A goal further ahead than this drives so hard that the servo's own protection against a stall
  // would count it as one, and give way after its time.
  double overload_drive_rad = 1000;
  double damaged_share = 0;  // of its last some hundred answers, 0..1
  bool writable = false;     // goals reach it: role, registers verified, no current fault
  FaultSet faults;
};

}  // namespace soarm
