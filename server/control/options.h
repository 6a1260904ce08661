#pragma once

#include "common/time/clock.h"

namespace soarm::control {

// What the joints are left with when the daemon ends in order.
enum class EndState : std::uint8_t {
  kHold,  // targets and wheels come to rest, torque stays as it is
  kLimp,  // torque off, read back
};

// What happens, and when, after the last sign of life of whoever drives a group.
struct LossLadder {
  Nanos hold_after = std::chrono::milliseconds(250);
  Nanos soft_hold_after = std::chrono::seconds(5);
};

// Options of the control module; filled by config, constant while the cycles run.
struct ControlOptions {
  double rate_hz = 200;           // 0: back to back, for benches
  int realtime_priority = 50;     // SCHED_FIFO; 0: do not ask
  int cpu = -1;                   // -1: any
  bool require_realtime = false;  // true: Start() fails when priority or locked memory is refused
  LossLadder loss;
  Nanos unattended_hold = std::chrono::minutes(10);  // HOLD after a clean release, then SOFT_HOLD
  // Of a joint's normal torque limit. A stretched arm at 7.4 V needs 44 % at the shoulder to carry
  // itself; this is 1.3 times that.
  double soft_hold_fraction = 0.6;
  double move_speed_scale = 0.5;  // of MoveTo when the caller names none
  EndState end_state = EndState::kHold;
  Nanos reopen_every = std::chrono::milliseconds(200);
  Nanos stale_after = std::chrono::milliseconds(50);
  Nanos command_max = std::chrono::milliseconds(500);       // longest validity, POSITION groups
  Nanos base_command_max = std::chrono::milliseconds(250);  // the same, VELOCITY groups
};

}  // namespace soarm::control
