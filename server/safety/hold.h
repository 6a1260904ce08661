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

// Where HOLD of a joint found under torque begins: at the servo's own goal, so that nothing
// moves; at the measured position when goal and position disagree by more than 5 degrees, because
// then the goal is not what the servo has been holding.
TargetState AdoptPosition(const JointSample& sample) noexcept;
inline constexpr double kAdoptAgreement_rad = 5.0 * kRadPerDeg;

}  // namespace soarm
