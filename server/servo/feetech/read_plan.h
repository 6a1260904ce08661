#pragma once

#include <cstddef>

#include "common/time/clock.h"
#include "server/servo/feetech/debts.h"
#include "server/servo/feetech/options.h"
#include "server/servo/feetech/slot_timer.h"

namespace soarm::servo::feetech {

// Which registers each tick reads.
//
// Reading the working registers (40 to 49) of one servo each tick by a transaction of its own
// would double the number of round trips. Instead every so many ticks the sync read simply begins
// at 40 and covers them for all servos at once, with all feedback. Where those long answers do not
// fit the period (two arms on one bus), they end at 61, and single reads in what is left of the
// tick fetch the rest in rotation.
//
// Real time  every function.
class ReadPlan {
 public:
  ReadPlan() = default;
  ReadPlan(const ServoBusOptions& options, const SlotTimer& timer, std::size_t servos) noexcept;

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
  Block narrow_{56, 15};
  Block wide_{40, 31};
  Block in_rotation_{};
  Nanos refresh_every_{0};
  Nanos usual_current_gap_ = Nanos::max();
  MonoTime last_wide_{};
};

}  // namespace soarm::servo::feetech
