#include "tests/adversary/judge/spring_rule.h"

#include <algorithm>
#include <cmath>

namespace soarm::adversary {

using namespace bounds;

void SpringRule::OnEvent(Time at, const What& what) {
  if (truth_.empty()) return;
  const auto* did = std::get_if<WorldDid>(&what);
  if (did == nullptr) return;
  if (did->what != "unblock" && did->what != "block") return;
  for (std::size_t i = 0; i < joints_.size(); ++i) {
    const JointFacts& facts = case_.scene.joints[i];
    const bool meant = did->all_joints ? facts.bus == did->bus : i == did->joint;
    if (!meant || facts.kind != Kind::kPosition) continue;
    // A new obstacle may push by itself.
    joints_[i] = {.freed = did->what == "unblock",
                  .freed_at = at,
                  .from_rad = truth_[i].angle_rad,
                  .top_speed = case_.drives.of(i).left_with_rad_s,
                  .load_nm = case_.troubles.of(i).load_nm};
  }
}

void SpringRule::OnTruth(const TruthFrame& frame) {
  joints_.resize(frame.shafts.size());
  truth_ = frame.shafts;
  for (std::size_t i = 0; i < joints_.size(); ++i) {
    Joint& joint = joints_[i];
    const Drive& drive = case_.drives.of(i);
    if (!joint.freed) continue;
    const Trouble& trouble = case_.troubles.of(i);
    const bool others = !drive.driven || frame.at < drive.not_ours_until || trouble.held ||
                        frame.at < trouble.swings || trouble.load_nm != joint.load_nm ||
                        frame.at < drive.torque_since + kCaught;
    if (others || frame.at > joint.freed_at + kSwings) {
      joint.freed = false;
      continue;
    }
    if (drive.lately.any) joint.top_speed = std::max(joint.top_speed, drive.lately.top_speed);
    const double since_s = static_cast<double>(frame.at - joint.freed_at) * 1e-9;
    const double most = kLead_rad * case_.scene.joints[i].give +
                        joint.top_speed * (kLag_s + since_s * kFaster) + kSpringOver_rad;
    const double way = std::abs(frame.shafts[i].angle_rad - joint.from_rad);
    if (way <= most) continue;
    case_.Accuse(frame.at, "LEAPS",
                 Say("%s sprang %.4f rad within %.3f s of being free, allowed %.4f at a commanded "
                     "%.3f rad/s",
                     case_.NameOf(i).c_str(), way, since_s, most, joint.top_speed));
    joint.freed = false;
  }
}

}  // namespace soarm::adversary
