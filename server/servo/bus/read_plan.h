#pragma once

#include <cstddef>

#include "common/time/clock.h"
#include "server/servo/bus/block.h"
#include "server/servo/bus/options.h"
#include "server/servo/bus/slot_timer.h"

namespace soarm::servo {

// Where a family's servos keep what ticks read, and what it costs to ask all of them at once.
struct ReadLayout {
  Block working;  // what a reboot loses and what decides whether goals act
  // Feedback, each of which begins where the one before does, all of them behind `working`.
  Block position;
  Block motion;  // and speed and load
  Block full;    // and supply, temperature, status, current
  // Bytes of the request for all, and of the goals for all: beside, and for, each servo.
  std::size_t request_bytes = 0;
  std::size_t request_bytes_each = 0;
  std::size_t goal_bytes = 0;
  std::size_t goal_bytes_each = 0;
};

// Which registers each tick reads.
//
// Reading the working registers of one servo each tick by a transaction of its own would double the
// number of round trips. Instead every so many ticks the read of all simply begins there and covers
// them for all servos at once, with all feedback. Where those long answers do not fit the period
// (two arms on one bus), they end with the motion, and single reads in what is left of the tick
// fetch the rest in rotation.
//
// Real time  every function.
class ReadPlan {
 public:
  ReadPlan() = default;
  ReadPlan(const ServoBusOptions& options, const SlotTimer& timer, const ReadLayout& layout,
           std::size_t servos) noexcept;

  // The block for this tick; `unsure` asks for the working registers at once.
  Block Next(MonoTime now, bool unsure) noexcept;

  // What single reads have to fetch, one servo a tick; empty when nothing.
  Block in_rotation() const noexcept { return in_rotation_; }
  // However little the ticks leave over, each servo is read in rotation this often.
  static constexpr Nanos kRotationAtLeastEvery = std::chrono::milliseconds(200);
  // How old a reading of a servo's current gets when nothing goes wrong; Nanos::max() where it is
  // not read at all.
  Nanos usual_current_gap() const noexcept { return usual_current_gap_; }
  Block narrow() const noexcept { return narrow_; }
  Block wide() const noexcept { return wide_; }

 private:
  Block narrow_{};
  Block wide_{};
  Block in_rotation_{};
  Nanos refresh_every_{0};
  Nanos usual_current_gap_ = Nanos::max();
  MonoTime last_wide_{};
};

}  // namespace soarm::servo
