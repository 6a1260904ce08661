#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "common/time/clock.h"
#include "server/core/joint.h"
#include "server/servo/bus/block.h"
#include "server/servo/bus/servo_record.h"

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

StoredRegisters DecodeStored(std::span<const std::uint8_t> image) noexcept;  // from address 0
// Out of an answer that covers kWorkingBlock and begins at `first`.
WorkingRegisters DecodeWorking(std::uint8_t first, std::span<const std::uint8_t> data) noexcept;

// Everything the driver knows about one servo, beside the sample it publishes.
struct ServoState : ServoRecord {
  // Constant while the bus is open.
  StoredRegisters stored;
  std::array<std::uint8_t, kSettingsBlock.count> settings{};  // as read at opening
  bool settings_differ = false;                               // says the newest answer alone

  bool unlocked = false;   // register 55, where two readings in a row agree
  bool says_open = false;  // says the newest reading alone of that

  // The newest torque limits that it was told after torque-on had set one; whether the last of them
  // arrived may not be known.
  std::int32_t own_limit = -1;
  std::int32_t own_limit_before = -1;

  // OVERLOAD: to which side it pressed as that began, -1 or 1; 0: to none, or it is not overloaded.
  std::int32_t strains_to = 0;

  // By then its profile has come to a goal of ours from one far away, which was not.
  MonoTime profile_arrives_at{};

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

  // Since when it has turned or strained in a mode in which it cannot be told to stand; epoch: not.
  MonoTime runs_since{};

  MonoTime under_current_at{};  // last seen below its over-current limit; epoch: never
  bool over_current = false;    // as last read
};

// Of register 33.
inline constexpr std::int32_t kPositionMode = 0;
inline constexpr std::int32_t kSpeedMode = 1;

// Whether its stored mode is not the one in which we drive its kind: what we write as a goal means
// something else there, or nothing.
bool IsInOtherMode(const ServoState& servo) noexcept;

// Whether nothing that we write holds it in a place or at a speed: so in another mode, and where
// its phase lets it drive or measure the other way. With one of these it drives away from any goal,
// ever harder; with both it would have to be known how its loop damps.
bool HoldsNothing(const ServoState& servo) noexcept;

}  // namespace soarm::servo::feetech
