#include "server/safety/yield_watch.h"

#include <algorithm>
#include <cmath>

namespace soarm {

void YieldWatch::Watch(double distance_rad, double measured_rad, double lead_rad,
                       MonoTime now) noexcept {
  if (std::abs(distance_rad) <= kFar * lead_rad) {
    since_ = MonoTime{};
    return;
  }
  if (since_ == MonoTime{} || std::abs(measured_rad - anchor_rad_) > kCreep_rad) {
    since_ = now;
    anchor_rad_ = measured_rad;
  }
  if (now - since_ < kPatience) return;
  state_ = State::kYielding;
  anchor_rad_ = measured_rad;
  lead_rad_ = std::abs(distance_rad);
  side_ = distance_rad > 0 ? 1 : -1;
}

double YieldWatch::Update(double target_rad, double measured_rad, double lead_rad,
                          double least_rad, bool driven, MonoTime now, double dt_s) noexcept {
  const double distance = target_rad - measured_rad;
  const double followed = side_ * (measured_rad - anchor_rad_);
  switch (state_) {
    case State::kFree:
      Watch(distance, measured_rad, lead_rad, now);
      return lead_rad;
    case State::kYielding:
      if (followed > kGive_rad) {
        Reset();
        return lead_rad;
      }
      lead_rad_ = std::max(least_rad, lead_rad_ - kYieldSpeed_rad_s * dt_s);
      if (followed < -kGive_rad || lead_rad_ <= least_rad) {
        if (followed < -kGive_rad) lead_rad_ = std::max(least_rad, std::abs(distance));
        state_ = State::kSupported;
        since_ = now;
        anchor_rad_ = measured_rad;
      }
      return std::min(lead_rad_, std::max(lead_rad, std::abs(distance)));
    case State::kSupported: {
      const bool moved = std::abs(measured_rad - anchor_rad_) > kMoved_rad;
      const bool turned = side_ * distance < 0;
      if (moved || turned || (driven && now - since_ >= kPressAgain)) {
        Reset();
        return lead_rad;
      }
      return lead_rad_;
    }
  }
  return lead_rad;
}

}  // namespace soarm
