#include "tests/adversary/judge/press_rule.h"

#include <cmath>

namespace soarm::adversary {

using namespace bounds;

// What a new daemon finds pressing, or one that was cut off from it or opens its bus anew, may
// carry something.
void PressRule::OnEvent(Time at, const What& what) {
  const auto* did = std::get_if<WorldDid>(&what);
  const bool found_anew =
      std::holds_alternative<ProcessDid>(what) || (did != nullptr && did->what == "replug");
  const auto* seen = std::get_if<StateSeen>(&what);
  for (std::size_t i = 0; i < free_at_.size(); ++i) {
    const bool closed = seen != nullptr && !seen->bus_open[case_.scene.joints[i].bus];
    if (found_anew || closed) found_until_[i] = at + kFoundPresses;
  }
}

bool PressRule::IsFar(std::size_t i, const ShaftTruth& shaft) const {
  const double goal_rad = (shaft.goal_raw - case_.scene.joints[i].zero_ticks) * kRadPerTick;
  return std::abs(goal_rad - shaft.angle_rad) > kPresses_rad * case_.scene.joints[i].give;
}

bool PressRule::Presses(std::size_t i, const ShaftTruth& shaft, Time at) const {
  const JointFacts& facts = case_.scene.joints[i];
  const Trouble& trouble = case_.troubles.of(i);
  const bool asked = facts.weightless && !facts.is_gripper && trouble.blocked && !trouble.held &&
                     trouble.load_nm == 0 && trouble.weakened_to < 0 && !trouble.recalibrated;
  if (!asked || !case_.troubles.IsReached(i, at) || !case_.drives.of(i).driven ||
      at < case_.drives.of(i).not_ours_until || std::abs(shaft.speed_rad_s) > kStands_rad_s) {
    return false;
  }
  return IsFar(i, shaft);
}

void PressRule::OnTruth(const TruthFrame& frame) {
  free_at_.resize(frame.shafts.size(), frame.at);
  found_until_.resize(frame.shafts.size());
  for (std::size_t i = 0; i < free_at_.size(); ++i) {
    if (!IsFar(i, frame.shafts[i])) found_until_[i] = 0;
    if (frame.at < found_until_[i] || !Presses(i, frame.shafts[i], frame.at)) {
      free_at_[i] = frame.at;
    } else if (frame.at > free_at_[i] + kPressesFor) {
      free_at_[i] = kForEver;  // said once
      case_.Accuse(frame.at, "PRESSES_ON",
                   Say("%s has stood against an obstacle for %.1f s and its goal is still more "
                       "than %.2f rad ahead",
                       case_.NameOf(i).c_str(), static_cast<double>(kPressesFor) * 1e-9,
                       kPresses_rad * case_.scene.joints[i].give));
    }
  }
}

}  // namespace soarm::adversary
