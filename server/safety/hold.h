#pragma once

#include "common/time/clock.h"
#include "server/safety/limits.h"

namespace soarm {

// Notices a joint that stands still though its target is far: blocked, overloaded or pushed away.
//
// Threads    none of its own; the cycle's. Pure: time is passed in.
// Real time  yes.
class StallWatch {
 public:
  // True from `kPatience` after the joint came to stand more than 0.8 * `lead_rad` from its
  // target. The 0.8 keeps a target that was drawn back to `lead_rad` from being let go again.
  bool Update(double target_rad, double measured_rad, double measured_rad_s, double lead_rad,
              MonoTime now) noexcept;
  void Reset() noexcept { since_ = MonoTime{}; }

  // Longer than any joint needs to catch up with a target that was brought to rest.
  static constexpr Nanos kPatience = std::chrono::milliseconds(300);
  // Just above one step of the servo's speed reading.
  static constexpr double kStill_rad_s = 0.1;

 private:
  MonoTime since_{};  // the epoch: not stalled
};

// How fast a held target yields to a joint that cannot reach it.
inline constexpr double kYieldSpeed_rad_s = 0.5;

// One tick of HOLD for a POSITION joint: the target is brought to rest and stays where it came to
// rest, to the last bit. Only when `stalled`, and further than `lead_rad` from the measured
// position, it is drawn back to that distance at kYieldSpeed_rad_s.
TargetState HoldPosition(const TargetState& state, double measured_rad, bool stalled,
                         double lead_rad, const TargetLimits& limits, double dt_s) noexcept;

// Where HOLD of a joint found under torque begins: at the servo's own goal, so that nothing is
// written and nothing moves or sags, however far a load or an obstacle keeps the joint from it.
// Only a joint that is under way to somewhere further than `lead_max_rad` is held where it is: no
// goal of ours was ever so far ahead.
TargetState AdoptPosition(const JointSample& sample, double lead_max_rad) noexcept;

// How near to its target a joint is held whose servo protects itself: so much of its lead that the
// servo neither switches off nor has to press.
inline constexpr double kOverloadLeadShare = 0.2;
inline constexpr double kOverCurrentLeadShare = 0.5;

}  // namespace soarm
