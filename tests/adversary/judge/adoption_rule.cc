#include "tests/adversary/judge/adoption_rule.h"

#include <cmath>

namespace soarm::adversary {

using namespace bounds;

// Another joint of its group moves without torque: by its weight or by a hand.
bool AdoptionRule::IsShaken(std::size_t i) const {
  for (std::size_t k = 0; k < truth_.size(); ++k) {
    if (k == i || case_.ledger.GroupOf(k) != case_.ledger.GroupOf(i)) continue;
    if (!truth_[k].torque_on && std::abs(truth_[k].speed_rad_s) > kStands_rad_s) return true;
  }
  return false;
}

bool AdoptionRule::IsDisturbed(std::size_t i, Time at) const {
  const Drive& drive = case_.drives.of(i);
  const Time moved_at = case_.drives.others_moved_at(i);
  return !drive.driven || !case_.drives.ShouldStand(i, at) || at < drive.not_ours_until ||
         case_.troubles.IsPushed(i, at) || at < drive.torque_since + kSwings || IsShaken(i) ||
         // Its sag follows the pose of the others.
         (moved_at > at - kSwings && std::abs(truth_[i].speed_rad_s) < kStands_rad_s);
}

void AdoptionRule::OnEvent(Time at, const What& what) {
  const auto* process = std::get_if<ProcessDid>(&what);
  const auto* world = std::get_if<WorldDid>(&what);
  const bool started = process != nullptr && (process->fate == ProcessFate::kStarted ||
                                              process->fate == ProcessFate::kSuspended);
  const bool replugged = world != nullptr && world->what == "replug";
  if ((!started && !replugged) || truth_.empty()) return;
  for (std::size_t i = 0; i < joints_.size(); ++i) {
    const JointFacts& facts = case_.scene.joints[i];
    if (facts.kind != Kind::kPosition || (replugged && facts.bus != world->bus)) continue;
    Joint& joint = joints_[i];
    if (!joint.watched && !IsDisturbed(i, at)) {
      joint = {.watched = true, .stood_rad = truth_[i].angle_rad};
    }
    ++joint.openings;
  }
}

void AdoptionRule::OnTruth(const TruthFrame& frame) {
  joints_.resize(frame.shafts.size());
  truth_ = frame.shafts;
  for (std::size_t i = 0; i < joints_.size(); ++i) {
    Joint& joint = joints_[i];
    if (!joint.watched) continue;
    if (IsDisturbed(i, frame.at)) {
      joint.watched = false;
      continue;
    }
    const double moved = frame.shafts[i].angle_rad - joint.stood_rad;
    if (std::abs(moved) <= kAdoptionMoves_rad) continue;
    case_.Accuse(frame.at, "MOVED_BY_ADOPTION",
                 Say("%s stands %.3f degrees from where it stood before %d openings, allowed %.3f",
                     case_.NameOf(i).c_str(), moved / kDegree, joint.openings,
                     kAdoptionMoves_rad / kDegree));
    joint.watched = false;
  }
}

}  // namespace soarm::adversary
