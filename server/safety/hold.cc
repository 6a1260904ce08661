#include "server/safety/hold.h"

#include <cmath>

namespace soarm {

TargetState HoldPosition(const TargetState& state, double measured_rad, bool stuck, double lead_rad,
                         const TargetLimits& limits, double dt_s) noexcept {
  const bool yields = stuck && std::abs(state.position_rad - measured_rad) > lead_rad;
  if (!yields) return BringToRest(state, limits, dt_s);
  TargetLimits yielding = limits;
  yielding.lead_max_rad = lead_rad;
  yielding.acceleration_rad_s2 = limits.braking_rad_s2;
  return LimitPosition(state, state.position_rad, measured_rad, yielding, kDrawBack_rad_s, dt_s,
                       Approach::kStopAtRequest)
      .next;
}

TargetState AdoptPosition(const JointSample& sample, double lead_max_rad) noexcept {
  const bool stands = std::abs(sample.velocity_rad_s) <= kStill_rad_s;
  const bool near = std::abs(sample.goal_rad - sample.position_rad) <= lead_max_rad;
  return {.position_rad = stands || near ? sample.goal_rad : sample.position_rad,
          .velocity_rad_s = 0};
}

}  // namespace soarm
