#include "tests/adversary/judge/rest_rule.h"

#include <algorithm>
#include <cmath>

namespace soarm::adversary {

using namespace bounds;

bool RestRule::MayTurn(std::size_t i, Time at) {
  const Drive& drive = case_.drives.of(i);
  const Trouble& trouble = case_.troubles.of(i);
  // Outside of the range that another program has stored, its servo takes it to the nearer end.
  if (trouble.recalibrated && at < trouble.drawn_back) return true;
  return !case_.drives.ShouldStand(i, at) || at < drive.torque_since + kCaught ||
         at < drive.not_ours_until || case_.troubles.IsPushed(i, at);
}

bool RestRule::MayRoll(std::size_t i, Time at) {
  const Drive& drive = case_.drives.of(i);
  const Trouble& trouble = case_.troubles.of(i);
  const bool loaded = trouble.load_nm != 0 || trouble.blocked;
  if (case_.troubles.IsCutOff(i, at) || loaded || case_.troubles.IsPushed(i, at)) {
    joints_[i].excused_until = at + kWheelsStop;
  }
  const Time stops = trouble.IsWeak() ? kWeakWheelsStop : kWheelsStop;
  const Time takes = case_.troubles.IsReached(i, at) ? stops : kWheelsStopDamaged;
  return drive.licensed || at <= std::max(drive.ended_at, drive.torque_since) + takes;
}

void RestRule::JudgeOtherMode(std::size_t i, const ShaftTruth& shaft, Time at) {
  Joint& joint = joints_[i];
  const bool runs = shaft.torque_on && shaft.powered &&
                    std::abs(shaft.speed_rad_s) > 2 * kStands_rad_s &&
                    case_.scene.groups[case_.ledger.GroupOf(i)].writable;
  const bool known = case_.troubles.IsInOtherMode(i) && case_.troubles.IsReached(i, at);
  if (!runs || !known || case_.troubles.IsPushed(i, at)) joint.did_not_run_at = at;
  if (at - joint.did_not_run_at < kSwitchedOff) return;
  joint.did_not_run_at = kForEver;  // said once
  case_.Accuse(at, "RUNS_IN_OTHER_MODE",
               Say("%s turns at %.3f rad/s in mode %d, where it holds no place",
                   case_.NameOf(i).c_str(), shaft.speed_rad_s, shaft.mode));
}

void RestRule::OnTruth(const TruthFrame& frame) {
  constexpr int kLasts = 20;  // a knock is no motion
  constexpr double kFrame_s = 1e-3;
  joints_.resize(case_.scene.joints.size());
  for (std::size_t i = 0; i < joints_.size(); ++i) {
    Joint& joint = joints_[i];
    JudgeOtherMode(i, frame.shafts[i], frame.at);
    const Drive& drive = case_.drives.of(i);
    const bool wheel = case_.scene.joints[i].kind == Kind::kVelocity;
    const bool may = wheel ? MayRoll(i, frame.at) : MayTurn(i, frame.at);
    const double speed = frame.shafts[i].speed_rad_s;
    const bool shaken = frame.at < case_.drives.fell_at(case_.ledger.GroupOf(i)) + kSwings / 2;
    // What carries a load may dip, when it is tried out whether it presses or carries.
    const bool dips = std::abs(case_.troubles.of(i).load_nm) > kLight_nm;
    const double stands = shaken || dips ? kShaken_rad_s : kStands_rad_s;
    const double most = wheel ? 2 * kStands_rad_s : stands;
    if (!drive.driven || may || frame.at < joint.excused_until || std::abs(speed) <= most) {
      joint.frames = 0;
      joint.turned_rad = 0;
      continue;
    }
    joint.turned_rad += std::abs(speed) * kFrame_s;
    const bool twitches = !wheel && joint.turned_rad < kTwitch_rad;
    if (++joint.frames < kLasts || twitches) continue;
    case_.Accuse(frame.at, "DOES_NOT_STOP",
                 Say("%s%s turns at %.3f rad/s, allowed %.3f; its last licence ended %.3f s ago",
                     wheel ? "wheel " : "", case_.NameOf(i).c_str(), speed, most,
                     static_cast<double>(frame.at - std::max<Time>(drive.ended_at, 0)) * 1e-9));
    joint.frames = 0;
    joint.excused_until = frame.at + kSwings;
  }
}

}  // namespace soarm::adversary
