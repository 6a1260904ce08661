#pragma once

#include <cstdint>

#include "common/time/clock.h"
#include "server/core/fault.h"
#include "server/core/joint.h"
#include "server/servo/bus/link_health.h"

namespace soarm::servo {

// What a reboot loses and what decides whether goals act, in the servo's own counts. Which
// registers these are, and what they mean, its family knows.
struct WorkingRegisters {
  std::int32_t torque_enable = 0;  // 1: has torque
  std::int32_t acceleration = 0;
  std::int32_t goal_position = 0;
  std::int32_t goal_speed = 0;
  std::int32_t torque_limit = 0;
};

// Acceleration, torque limit and speed; a wheel's speed register is its goal, not a setting.
constexpr bool SameSettings(JointKind kind, const WorkingRegisters& a,
                            const WorkingRegisters& b) noexcept {
  const bool speed = kind == JointKind::kVelocity || a.goal_speed == b.goal_speed;
  return speed && a.acceleration == b.acceleration && a.torque_limit == b.torque_limit;
}

// What a bus keeps of one servo of any family, beside the sample it publishes. A family derives
// from it and adds its own.
struct ServoRecord {
  // Constant while the bus is open.
  std::uint8_t id = 0;
  JointKind kind = JointKind::kPosition;
  bool may_write = false;  // by role
  bool known = false;      // stored registers were read

  LinkHealth health;
  struct Surprise {
    bool any = false;
    std::int32_t position_raw = 0;
    bool tells_working = false;
    WorkingRegisters working;
    std::uint8_t stops = 0;  // status bits that would bar goals
    bool alone = false;      // no other servo was asked with it
    MonoTime at{};
  };
  Surprise surprise;        // the newest answer, if it is not believed yet (plausibility.h)
  bool impossible = false;  // was the place that it told last
  bool asked = false;       // this tick

  // Working registers: as last read, and as they have to be for goals to go out.
  WorkingRegisters working;
  WorkingRegisters expected;
  std::int32_t read_goal = 0;    // the goal's register as it was read last
  bool torque_off_sent = false;  // by the goals, since then
  bool expected_known = false;
  bool verified = false;            // read and as expected, and no doubt since
  bool doubt = true;                // they have to be read before anything else is believed
  std::uint32_t working_reads = 0;  // counts readings: tells an operation that one is newer
  bool in_operation = false;        // an operation is changing them: it does the checking
  bool goals_barred = false;        // by an operation that changes torque
  bool settles = false;             // has its torque by that operation, which only watches it now

  // Goals: the register's value that we put on the wire last.
  bool goal_valid = false;
  std::int32_t goal_raw = 0;
  bool goal_rewrite = false;  // the servo was seen with another goal
  bool goal_unread = false;   // written since the goal's register was read last
  MonoTime goal_sent_at{};    // the last one
  std::uint8_t goal_mismatches = 0;

  // Since when the joint ought to stand, or be limp, without having been reached; epoch: never.
  MonoTime rest_wanted_since{};
  MonoTime release_wanted_since{};
  // Since when it has turned on although it was told to stand, and says so; epoch: not.
  MonoTime turns_since{};
  MonoTime turned_at{};     // last
  MonoTime driven_since{};  // turns by its own motor and not by a load, all the time

  std::uint8_t status = 0;               // of the newest answer
  std::uint8_t acknowledged_status = 0;  // bits an operator has seen and cleared
  FaultSet latched;                      // until an operation ends them
};

// Marks the working registers as unknown: they have to be read before goals go out again.
constexpr void DoubtWorking(ServoRecord& servo) noexcept {
  servo.doubt = true;
  servo.verified = false;
}

}  // namespace soarm::servo
