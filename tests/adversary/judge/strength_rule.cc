#include "tests/adversary/judge/strength_rule.h"

#include <algorithm>

namespace soarm::adversary {

using namespace bounds;

void StrengthRule::OnTruth(const TruthFrame& frame) {
  truth_ = frame.shafts;
  strong_at_.resize(truth_.size(), frame.at);
}

bool StrengthRule::IsWeak(std::size_t i, const StateSeen& seen, Time at) const {
  const std::size_t group = case_.ledger.GroupOf(i);
  const ModeName mode = seen.groups[group].mode;
  const bool full = mode == ModeName::kHold || mode == ModeName::kFollow || mode == ModeName::kMove;
  const bool ours = case_.scene.groups[group].writable &&
                    case_.scene.groups[group].kind == Kind::kPosition &&
                    case_.troubles.IsReached(i, at);
  // Of a servo that another program has weakened, what its own full torque is, is not known here.
  if (!full || !ours || case_.troubles.of(i).weakened_to >= 0) return false;
  const auto& faults = seen.joints[i].fault_names;
  if (std::find(faults.begin(), faults.end(), "UNPREPARED") != faults.end()) return false;
  const ShaftTruth& shaft = truth_[i];
  return shaft.torque_on && shaft.powered && shaft.torque_limit < kFullTorque;
}

void StrengthRule::OnEvent(Time at, const What& what) {
  const auto* seen = std::get_if<StateSeen>(&what);
  if (seen == nullptr || truth_.empty()) return;
  for (std::size_t i = 0; i < truth_.size(); ++i) {
    if (!IsWeak(i, *seen, at)) {
      strong_at_[i] = at;
    } else if (at > strong_at_[i] + kStrongAgain) {
      strong_at_[i] = kForEver;  // said once
      case_.Accuse(at, "TOO_WEAK",
                   Say("%s is held or driven with a torque limit of %d of %d",
                       case_.NameOf(i).c_str(), truth_[i].torque_limit, kFullTorque));
    }
  }
}

}  // namespace soarm::adversary
