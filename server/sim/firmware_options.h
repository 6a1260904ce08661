#pragma once

#include <optional>
#include <string_view>

#include "common/time/clock.h"

namespace soarm::sim {

// In what servos of one kind differ from firmware to firmware. Each is a switch of its own, so
// that tests can run over all combinations: what is known of 3.10 is better founded than of 3.9.
struct FirmwareOptions {
  int major = 3;
  int minor = 10;
  bool auto_torque_on = true;          // a goal written in the mode that uses it energises
  bool jump_to_stale_goal = false;     // torque enable follows register 42 as it was left
  bool lock_at_power_up = true;        // register 55 starts as 1
  bool return_delay_honoured = false;  // register 7 delays every answer
  bool sync_read_slots = true;      // answer k waits for its computed slot; else for those before
  bool back_to_back_lost = true;    // of requests without a pause between, the last is answered
  bool recalibrate_command = true;  // knows instruction 0x0B and bit 12 of the offset
  bool overload_needs_power_cycle = false;  // the latch ignores torque enable and new goals
  // Register 36 needs to be exceeded once only; the time of 35 then counts on down to register 34.
  // So in the public reimplementation of 3.10; tables and data sheets say "over 36 for 35".
  bool overload_after_one_peak = false;
  // Goal, speed and acceleration are acted on at the next control step, and of several packets that
  // come before it the last one alone decides which of them are: what an earlier one wrote stays in
  // its register without effect. So in the same source, and nowhere else.
  bool last_write_of_a_step_counts = false;
  Nanos restart_time = std::chrono::milliseconds(1800);  // power-up or 0x08 to the first answer
  Nanos flash_write_time = std::chrono::milliseconds(5);
  Nanos flash_erase_time = std::chrono::milliseconds(25);  // every second changing NV write
};

// "3.10" or "3.9"; nothing for any other name.
std::optional<FirmwareOptions> FirmwareFor(std::string_view name);

}  // namespace soarm::sim
