#include "tests/adversary/judge/agreement_rule.h"

#include <algorithm>
#include <cmath>

namespace soarm::adversary {

using namespace bounds;

bool AgreementRule::Lasts(bool wrong, Time at, Time& since, Time most) {
  if (!wrong) {
    since = -1;
    return false;
  }
  if (since < 0) since = at;
  if (at - since <= most) return false;
  since = at + 1000 * most;  // said once
  return true;
}

void AgreementRule::OnTruth(const TruthFrame& frame) {
  truth_ = frame.shafts;
  truth_at_ = frame.at;
  since_.resize(truth_.size());
  wrong_mode_.resize(case_.scene.groups.size(), -1);
  hidden_stop_.resize(case_.scene.groups.size(), -1);
  turns_.resize(case_.scene.groups.size(), -1);
  not_limp_.resize(case_.scene.groups.size(), -1);
}

void AgreementRule::OnEvent(Time at, const What& what) {
  const auto* seen = std::get_if<StateSeen>(&what);
  if (seen == nullptr || truth_.empty()) return;
  for (std::size_t i = 0; i < seen->joints.size(); ++i) JudgeJoint(i, seen->joints[i], at);
  for (std::size_t i = 0; i < seen->groups.size(); ++i) JudgeGroup(i, *seen, at);
}

namespace {

// What its place means is then said not to be known.
bool IsUncalibrated(const JointSays& says) {
  const auto& names = says.fault_names;
  return std::find(names.begin(), names.end(), "UNCALIBRATED") != names.end();
}

}  // namespace

void AgreementRule::JudgeJoint(std::size_t i, const JointSays& says, Time at) {
  const ShaftTruth& truth = truth_[i];
  const Trouble& trouble = case_.troubles.of(i);
  const bool excused = at < trouble.by_another + kSwings || case_.troubles.IsAway(at);
  const bool wheel = case_.scene.joints[i].kind == Kind::kVelocity;
  const double moved = std::abs(truth.speed_rad_s) * 0.05;
  // One stale tick now and then takes nothing back of what the others say.
  Time& stale_since = since_[i].stale;
  if (!says.stale) stale_since = -1;
  if (says.stale && stale_since < 0) stale_since = at;
  const bool flickers = says.stale && at - stale_since <= kTicks;
  const bool elsewhere = !wheel && !says.stale && !excused && !trouble.recalibrated &&
                         !case_.troubles.IsInOtherMode(i) && !IsUncalibrated(says) &&
                         std::abs(says.position_rad - truth.angle_rad) > kStateOff_rad + moved;
  if (!flickers && Lasts(elsewhere, at, since_[i].place, kStateLags)) {
    case_.Accuse(at, "SAYS_WRONG_PLACE",
                 Say("%s is said to be at %.4f rad and is at %.4f", case_.NameOf(i).c_str(),
                     says.position_rad, truth.angle_rad));
  }
  const bool torque = truth.torque_on && truth.powered;
  const bool contradicts = !says.stale && !excused && says.torque_on != torque;
  if (!flickers && Lasts(contradicts, at, since_[i].torque, kStateLags)) {
    case_.Accuse(at, "SAYS_WRONG_TORQUE",
                 Say("%s is said to be %s torque and is not", case_.NameOf(i).c_str(),
                     says.torque_on ? "under" : "without"));
  }
  const bool silent = !truth.powered || !truth.attached || trouble.muted;
  // While it stands still it asks nobody.
  Time& fresh_since = since_[i].fresh;
  if (fresh_since >= 0) fresh_since = std::max(fresh_since, case_.troubles.runs_since());
  if (Lasts(!says.stale && silent, at, fresh_since, kStateLags)) {
    case_.Accuse(at, "SAYS_FRESH",
                 Say("%s cannot answer and is not called stale", case_.NameOf(i).c_str()));
  }
}

// By itself, that is.
bool AgreementRule::IsTurning(std::size_t i, ModeName mode) const {
  const Time at = truth_at_;
  const bool loaded = case_.troubles.of(i).load_nm != 0 || case_.troubles.of(i).blocked;
  const bool wheel = case_.scene.joints[i].kind == Kind::kVelocity;
  // With a share of its torque it comes to its place, but late.
  const bool late = loaded && (wheel || mode == ModeName::kSoftHold);
  return case_.drives.of(i).driven && std::abs(truth_[i].speed_rad_s) > 2 * kStands_rad_s &&
         !case_.troubles.IsPushed(i, at) && at >= case_.drives.of(i).not_ours_until && !late;
}

void AgreementRule::JudgeGroup(std::size_t group, const StateSeen& seen, Time at) {
  std::size_t on = 0;
  std::size_t off = 0;
  bool reached = case_.scene.groups[group].writable;
  bool turning = false;
  bool weak = false;
  const ModeName mode = seen.groups[group].mode;
  for (std::size_t i = 0; i < truth_.size(); ++i) {
    if (case_.ledger.GroupOf(i) != group) continue;
    (truth_[i].torque_on && truth_[i].powered ? on : off) += 1;
    reached = reached && truth_[i].powered && truth_[i].attached;
    reached = reached && case_.troubles.IsReached(i, at);
    weak = weak || case_.troubles.of(i).IsWeak();
    turning = turning || (IsTurning(i, mode) && case_.troubles.IsReached(i, at));
  }
  // An enable is through only when it says so, and takes its time where little is understood.
  const bool enabling = at <= case_.ledger.enabling_until(group) + kTicks;
  const bool limp = mode == ModeName::kLimp && off == 0 && !enabling;
  const bool holds = mode != ModeName::kLimp && mode != ModeName::kUnknown && on == 0;
  if (Lasts(reached && (limp || holds), at, wrong_mode_[group], 2 * kStateLags)) {
    case_.Accuse(at, "SAYS_WRONG_MODE",
                 Say("%s is said to be %s with %zu joints under torque and %zu without",
                     case_.scene.groups[group].name.c_str(), limp ? "LIMP" : "held", on, off));
  }
  const bool still = mode == ModeName::kHold || mode == ModeName::kSoftHold;
  const bool rolls = case_.scene.groups[group].kind == Kind::kVelocity;
  const Time stops = weak ? kWeakWheelsStop : kWheelsStop;
  if (Lasts(still && turning, at, turns_[group], rolls ? stops + kTicks : kOnItsWay)) {
    case_.Accuse(at, "HOLDS_AND_MOVES",
                 Say("%s is said to be in HOLD and a joint of it has moved ever since",
                     case_.scene.groups[group].name.c_str()));
  }
  const StopRank stop = case_.ledger.StopOn(group);
  const bool limp_too =
      stop == StopRank::kRelease && mode != ModeName::kLimp && mode != ModeName::kUnknown;
  if (Lasts(reached && limp_too, at, not_limp_[group], kReleased)) {
    case_.Accuse(at, "HIDES_A_STOP",
                 Say("%s is told to be limp and says nothing of it",
                     case_.scene.groups[group].name.c_str()));
  }
  const bool stopped = case_.ledger.StopOn(group) != StopRank::kNone;
  const bool driven = mode == ModeName::kFollow || mode == ModeName::kMove;
  if (Lasts(stopped && driven, at, hidden_stop_[group], kTicks)) {
    case_.Accuse(
        at, "HIDES_A_STOP",
        Say("%s is said to be driven under a stop", case_.scene.groups[group].name.c_str()));
  }
}

}  // namespace soarm::adversary
