#include "tests/adversary/judge/preparation_rule.h"

namespace soarm::adversary {

using namespace bounds;

bool PreparationRule::Answers(std::size_t i, Time at) const {
  const ShaftTruth& shaft = truth_[i];
  return shaft.powered && shaft.attached && shaft.torque_on && case_.troubles.IsReached(i, at);
}

bool PreparationRule::IsOwed(std::size_t i, const JointSays& says, Time at) const {
  const double angle = truth_[i].angle_rad;
  const Trouble& trouble = case_.troubles.of(i);
  const JointFacts& facts = case_.scene.joints[i];
  const bool only_that = says.fault_names.size() == 1 && says.fault_names[0] == "UNPREPARED";
  // What another program wrote may be what torque-on refuses, and so are a low supply and a place
  // outside of the range; what has sunk under a load gets no more torque until it is near its goal.
  const bool ours = !trouble.IsWeak() && !trouble.recalibrated;
  const bool pushed = trouble.load_nm != 0 || case_.troubles.IsPushed(i, at);
  const bool fits = facts.kind == Kind::kVelocity ||
                    (!pushed && angle > facts.lower_rad && angle < facts.upper_rad);
  return only_that && Answers(i, at) && ours && fits;
}

void PreparationRule::OnTruth(const TruthFrame& frame) {
  truth_ = frame.shafts;
  not_owed_at_.resize(truth_.size(), frame.at);
  // Where nothing is said, either.
  for (std::size_t i = 0; i < truth_.size(); ++i) {
    if (!Answers(i, frame.at)) not_owed_at_[i] = frame.at;
  }
}

void PreparationRule::OnEvent(Time at, const What& what) {
  const auto* seen = std::get_if<StateSeen>(&what);
  if (seen == nullptr) return;
  for (std::size_t i = 0; i < truth_.size(); ++i) {
    if (!IsOwed(i, seen->joints[i], at)) not_owed_at_[i] = at;
    if (at <= not_owed_at_[i] + kPrepared) continue;
    not_owed_at_[i] = kForEver;  // said once
    case_.Accuse(at, "STAYS_UNPREPARED",
                 Say("%s is held, answers and has no other fault, and is not ready to be driven",
                     case_.NameOf(i).c_str()));
  }
}

}  // namespace soarm::adversary
