#pragma once

#include "server/servo/feetech/registers.h"

namespace soarm::servo::feetech {

// What one protocol family can do; the differences that the code above the register table has to
// know about.
struct Capabilities {
  SignRule negative_numbers;
  bool status_bits_in_every_answer;  // else an alert bit and a register to read
  bool goal_write_energises;         // firmware 3.10: writing a goal turns torque on
  bool stored_writes_need_torque_off;
  bool lock_register;  // stored writes last only while it is 0
  bool recalibrate_command;
  bool multi_turn_feedback;
  bool senses_current;
  bool current_mode;
  bool bus_watchdog;  // in the servo; otherwise the host has to be the watchdog
  int offset_sign;    // present = encoder + offset_sign * offset
};

inline constexpr Capabilities kSts3215{
    .negative_numbers = SignRule::kSignMagnitude,
    .status_bits_in_every_answer = true,
    .goal_write_energises = true,
    .stored_writes_need_torque_off = false,
    .lock_register = true,
    .recalibrate_command = true,
    .multi_turn_feedback = true,
    .senses_current = true,
    .current_mode = false,
    .bus_watchdog = false,
    .offset_sign = -1,
};

}  // namespace soarm::servo::feetech
