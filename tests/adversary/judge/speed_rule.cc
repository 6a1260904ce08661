#include "tests/adversary/judge/speed_rule.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace soarm::adversary {

using namespace bounds;

void SpeedRule::JudgeJoint(std::size_t i, const ShaftTruth& shaft, Time at) {
  constexpr int kLasts = 5;  // a goal that comes a tick late and the next in time are a jerk
  const int frames = std::exchange(fast_frames_[i], 0);
  const Drive& drive = case_.drives.of(i);
  // Goals that did not arrive are caught up with; where to is still bounded (PlaceRule).
  if (!drive.lately.any || !case_.troubles.IsReached(i, at)) return;
  const bool turned = at < turned_at_[i] + kTurnsBack;
  const double top =
      drive.lately.top_speed * kFaster + kFasterBy_rad_s + (turned ? kTurningFasterBy_rad_s : 0);
  if (std::abs(shaft.speed_rad_s) <= top) return;
  fast_frames_[i] = frames + 1;
  if (fast_frames_[i] < kLasts) return;
  case_.Accuse(at, "TOO_FAST",
               Say("%s turns at %.3f rad/s, allowed %.3f: its limit %.2f times its scales is %.3f",
                   case_.NameOf(i).c_str(), shaft.speed_rad_s, top,
                   case_.scene.joints[i].velocity_limit_rad_s, drive.lately.top_speed));
  quiet_until_[i] = at + kSwings;
}

// Cut off from its daemon a wheel keeps the speed of what it has heard last, whatever that was.
// Afterwards it comes from there within its acceleration, which may be configured to be gentle.
void SpeedRule::Keep(std::size_t i, Time at) {
  const Drive& drive = case_.drives.of(i);
  Kept& kept = kept_[i];
  if (case_.troubles.IsCutOff(i, at)) kept.until = at + kWheelsStop;
  const double step = at < kept.until ? 0
                                      : case_.scene.joints[i].acceleration_limit_rad_s2 *
                                            static_cast<double>(at - last_at_) / 1e9;
  kept.low = std::min(kept.low + step, drive.lately.low);
  kept.high = std::max(kept.high - step, drive.lately.high);
}

void SpeedRule::JudgeWheel(std::size_t i, const ShaftTruth& shaft, Time at) {
  const Drive& drive = case_.drives.of(i);
  const Trouble& trouble = case_.troubles.of(i);
  if (!drive.lately.any || trouble.load_nm != 0 || trouble.blocked) return;
  const Kept& kept = kept_[i];
  const double slowest = std::min({0.0, drive.lately.low, kept.low});
  const double fastest = std::max({0.0, drive.lately.high, kept.high});
  const double low = slowest * kWheelFaster - kWheelFasterBy_rad_s;
  const double high = fastest * kWheelFaster + kWheelFasterBy_rad_s;
  if (shaft.speed_rad_s >= low && shaft.speed_rad_s <= high) return;
  case_.Accuse(at, "TOO_FAST",
               Say("wheel %s turns at %.3f rad/s, allowed %.3f to %.3f: told %.3f to %.3f",
                   case_.NameOf(i).c_str(), shaft.speed_rad_s, low, high, drive.lately.low,
                   drive.lately.high));
  quiet_until_[i] = at + kSwings;
}

void SpeedRule::OnTruth(const TruthFrame& frame) {
  quiet_until_.resize(case_.scene.joints.size(), kNever);
  kept_.resize(quiet_until_.size());
  turned_at_.resize(quiet_until_.size(), kNever);
  backwards_.resize(quiet_until_.size(), false);
  fast_frames_.resize(quiet_until_.size(), 0);
  for (std::size_t i = 0; i < quiet_until_.size(); ++i) {
    const double speed = frame.shafts[i].speed_rad_s;
    if (std::abs(speed) > kStands_rad_s && backwards_[i] != (speed < 0)) {
      backwards_[i] = speed < 0;
      turned_at_[i] = frame.at;
    }
    Keep(i, frame.at);
    const Drive& drive = case_.drives.of(i);
    const bool swings_in = frame.at < drive.torque_since + kCaught;
    if (!drive.driven || swings_in || frame.at < drive.not_ours_until ||
        case_.troubles.IsPushed(i, frame.at) || frame.at < quiet_until_[i]) {
      continue;
    }
    if (case_.scene.joints[i].kind == Kind::kVelocity) {
      JudgeWheel(i, frame.shafts[i], frame.at);
    } else {
      JudgeJoint(i, frame.shafts[i], frame.at);
    }
  }
  last_at_ = frame.at;
}

}  // namespace soarm::adversary
