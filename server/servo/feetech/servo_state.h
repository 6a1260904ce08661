#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "common/time/clock.h"
#include "server/core/joint.h"
#include "server/core/mode.h"
#include "server/servo/feetech/debts.h"
#include "server/servo/feetech/link_health.h"

namespace soarm::servo::feetech {

// What is fixed while the bus is open: the servo's stored registers as they were at opening.
struct StoredRegisters {
  std::int32_t min_position = 0;
  std::int32_t max_position = 0;
  std::int32_t max_voltage = 0;  // 0.1 V
  std::int32_t min_voltage = 0;
  std::int32_t max_torque = 1000;
  std::int32_t phase = 0;
  std::int32_t unload_mask = 0;
  std::int32_t overload_torque = 80;    // 1 %
  std::int32_t protection_current = 0;  // 6.5 mA; 0 = off
  std::int32_t over_current_time = 0;   // 10 ms; 0 = off
  std::int32_t offset = 0;
  std::int32_t mode = 0;
  std::int32_t return_delay = 0;  // 2 us
  std::int32_t response_level = 1;
  std::int32_t max_acceleration = 0;
};

// The stored registers that decide how a servo acts; looked at again now and then, because another
// program may change them.
inline constexpr Block kSettingsBlock{9, 31};

// Registers 40 to 49: what a reboot loses and what decides whether goals act.
inline constexpr Block kWorkingBlock{40, 10};
struct WorkingRegisters {
  std::int32_t torque_enable = 0;
  std::int32_t acceleration = 0;
  std::int32_t goal_position = 0;
  std::int32_t goal_speed = 0;
  std::int32_t torque_limit = 0;
};

StoredRegisters DecodeStored(std::span<const std::uint8_t> image) noexcept;  // from address 0
// Out of an answer that covers kWorkingBlock and begins at `first`.
WorkingRegisters DecodeWorking(std::uint8_t first, std::span<const std::uint8_t> data) noexcept;

// Acceleration, torque limit and speed; a wheel's speed register is its goal, not a setting.
bool SameSettings(JointKind kind, const WorkingRegisters& a, const WorkingRegisters& b) noexcept;

// Everything the driver knows about one servo, beside the sample it publishes.
struct ServoState {
  // Constant while the bus is open.
  std::uint8_t id = 0;
  JointKind kind = JointKind::kPosition;
  bool may_write = false;  // by role
  bool known = false;      // stored registers were read
  StoredRegisters stored;
  std::array<std::uint8_t, kSettingsBlock.count> settings{};  // as read at opening
  bool settings_differ = false;                               // says the newest answer alone
  bool impossible = false;                                    // was the place that it told last
  bool unlocked = false;   // register 55, where two readings in a row agree
  bool says_open = false;  // says the newest reading alone of that

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
  Surprise surprise;   // the newest answer, if it is not believed yet (plausibility.h)
  bool asked = false;  // this tick

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
  bool goal_unread = false;   // written since register 42 (46) was read last
  MonoTime goal_sent_at{};    // the last one
  std::uint8_t goal_mismatches = 0;
  // What acts is not register 42 but let_go_raw, until a new goal is given (acting_goal.h).
  bool goal_let_go = false;
  std::int32_t let_go_raw = 0;
  std::int32_t rested_raw = 0;  // within play of which it has been since:
  MonoTime rested_since{};
  // What the newest answer alone says against that, and the goal that it tells.
  enum class Says : std::uint8_t { kNothing, kLetGo, kActs };
  Says says = Says::kNothing;
  std::int32_t said_raw = 0;

  // seam_watch.h
  bool seam_seen = false;  // the place that was told last:
  std::int32_t seam_last_raw = 0;
  bool was_clear_of_seam = false;  // since it was switched off there, or found
  bool off_at_seam = false;        // torque is written off until that was read

  // Since when the joint ought to stand, or be limp, without having been reached; epoch: never.
  MonoTime rest_wanted_since{};
  MonoTime release_wanted_since{};
  // Since when it has turned or strained in a mode in which it cannot be told to stand; epoch: not.
  MonoTime runs_since{};
  // Since when it has turned on although it was told to stand, and says so; epoch: not.
  MonoTime turns_since{};
  MonoTime turned_at{};     // last
  MonoTime driven_since{};  // turns by its own motor and not by a load, all the time

  std::uint8_t status = 0;               // of the newest answer
  std::uint8_t acknowledged_status = 0;  // bits an operator has seen and cleared
  MonoTime under_current_at{};           // last seen below its over-current limit; epoch: never
  bool over_current = false;             // as last read
  FaultSet latched;                      // until an operation ends them
};

// Of register 33.
inline constexpr std::int32_t kPositionMode = 0;
inline constexpr std::int32_t kSpeedMode = 1;

// Whether its stored mode is not the one in which we drive its kind: what we write as a goal means
// something else there, or nothing.
bool IsInOtherMode(const ServoState& servo) noexcept;

}  // namespace soarm::servo::feetech
