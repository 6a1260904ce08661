#pragma once

#include "common/time/clock.h"
#include "server/safety/limits.h"
#include "server/safety/yield_watch.h"

namespace soarm {

// One tick of HOLD for a POSITION joint: the target is brought to rest and stays where it came to
// rest, to the last bit. Only when the joint is `stuck`, and further than `lead_rad` from it, it is
// drawn back to that distance, at kDrawBack_rad_s at most.
TargetState HoldPosition(const TargetState& state, double measured_rad, bool stuck, double lead_rad,
                         const TargetLimits& limits, double dt_s) noexcept;

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
