#include "tests/adversary/judge/strength_rule.h"

#include <algorithm>
#include <cmath>

namespace soarm::adversary {

using namespace bounds;

void StrengthRule::JudgeRaised(std::size_t i, const ShaftTruth& shaft, Time at) {
  Raised& raised = raised_[i];
  const Drive& drive = case_.drives.of(i);
  const ShaftTruth& before = truth_[i];
  const bool rises = before.torque_limit < kFullTorque && shaft.torque_limit >= kFullTorque;
  if (rises) raised = {.at = at, .from_rad = shaft.angle_rad};
  const bool loaded = case_.troubles.of(i).load_nm != 0 || case_.troubles.IsPushed(i, at);
  const bool rests = std::abs(shaft.speed_rad_s) < kFalls_rad_s || !rises;
  const Trouble& trouble = case_.troubles.of(i);
  const bool foreign =
      at < trouble.drawn_back || trouble.recalibrated || case_.troubles.IsInOtherMode(i);
  const bool protects = shaft.status_bits != 0 || trouble.heated_to_c >= kMayProtect_c;
  const bool comes_on = !before.torque_on || at < drive.torque_since + kCaught;
  // A goal that is still on its way may be reached, as the rule about places allows.
  const bool on_its_way = !case_.drives.ShouldStand(i, raised.at);
  if (!drive.driven || on_its_way || comes_on || loaded || foreign || protects || !rests) {
    raised.at = kNever;
  }
  if (at > raised.at + kSwings / 2) return;
  const double way = std::abs(shaft.angle_rad - raised.from_rad);
  // What another program has just weakened has sunk, and comes back.
  const double most =
      kRaised_rad * case_.scene.joints[i].give + (at < trouble.by_another ? kStays_rad : 0);
  if (way <= most) return;
  raised.at = kNever;
  case_.Accuse(at, "LEAPS_WITH_TORQUE",
               Say("%s went %.4f rad when its torque limit was raised, allowed %.4f",
                   case_.NameOf(i).c_str(), way, most));
}

void StrengthRule::JudgeSpurred(std::size_t i, const ShaftTruth& shaft, Time at) {
  Spurred& spurred = spurred_[i];
  const ShaftTruth& before = truth_[i];
  const Drive& drive = case_.drives.of(i);
  if (before.torque_limit < shaft.torque_limit) {
    spurred = {.at = at, .from_rad_s = std::abs(shaft.speed_rad_s)};
  }
  const Trouble& trouble = case_.troubles.of(i);
  const bool by_another = spurred.at < written_at_[i] + kSwings / 4 || written_at_[i] > spurred.at;
  const bool protects = shaft.status_bits != 0 || trouble.heated_to_c >= kMayProtect_c;
  const bool comes_on = !before.torque_on || at < drive.torque_since + kCaught;
  const bool loaded = trouble.load_nm != 0 || case_.troubles.IsPushed(i, at);
  if (!drive.driven || !case_.drives.ShouldStand(i, spurred.at) || comes_on || loaded || protects ||
      by_another || case_.troubles.IsInOtherMode(i)) {
    spurred.at = kNever;
  }
  if (at > spurred.at + kSwings / 2) return;
  const double most = spurred.from_rad_s * kFaster + kSpursBy_rad_s;
  if (std::abs(shaft.speed_rad_s) <= most) return;
  spurred.at = kNever;
  case_.Accuse(at, "SPEEDS_UP_WITH_TORQUE",
               Say("%s turns at %.3f rad/s since its torque limit was raised, allowed %.3f",
                   case_.NameOf(i).c_str(), shaft.speed_rad_s, most));
}

void StrengthRule::OnTruth(const TruthFrame& frame) {
  raised_.resize(frame.shafts.size());
  spurred_.resize(frame.shafts.size());
  written_at_.resize(frame.shafts.size(), kNever);
  for (std::size_t i = 0; i < truth_.size(); ++i) {
    const bool position = case_.scene.joints[i].kind == Kind::kPosition;
    if (!position) continue;
    JudgeRaised(i, frame.shafts[i], frame.at);
    JudgeSpurred(i, frame.shafts[i], frame.at);
  }
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
  // It gets all of it with the enable that runs, or once that has failed.
  if (at <= case_.ledger.enabling_until(group)) return false;
  const ShaftTruth& shaft = truth_[i];
  return shaft.torque_on && shaft.powered && shaft.torque_limit < kFullTorque;
}

void StrengthRule::JudgeJoints(const StateSeen& seen, Time at) {
  for (std::size_t i = 0; i < truth_.size(); ++i) {
    if (!IsWeak(i, seen, at)) {
      strong_at_[i] = at;
    } else if (at > strong_at_[i] + kStrongAgain) {
      strong_at_[i] = kForEver;  // said once
      case_.Accuse(at, "TOO_WEAK",
                   Say("%s is held or driven with a torque limit of %d of %d",
                       case_.NameOf(i).c_str(), truth_[i].torque_limit, kFullTorque));
    }
  }
}

void StrengthRule::JudgeGroups(const StateSeen& seen, Time at) {
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    Group& group = groups_[i];
    // Which stops stand the daemon itself knows better, where a full disk kept it from keeping one.
    const bool stopped = seen.groups[i].cause == "STOPPED";
    if (stopped || case_.ledger.StopOn(i) == StopRank::kSoftHold) group.soft_at = at;
    // Not by the ladder of a lease that was lost.
    const bool soft =
        seen.groups[i].mode == ModeName::kSoftHold && seen.groups[i].cause == "TORQUE_ON";
    const bool was_enabled = group.enabled_at > group.soft_at;
    if (!soft || !was_enabled || at <= group.enabled_at + kStrongAgain) continue;
    group.enabled_at = kNever;  // said once
    case_.Accuse(at, "TOO_WEAK",
                 Say("%s is held softly after an EnableTorque that said OK, and no stop stands",
                     case_.scene.groups[i].name.c_str()));
  }
}

void StrengthRule::OnEvent(Time at, const What& what) {
  groups_.resize(case_.scene.groups.size());
  if (const auto* asked = std::get_if<CallAsked>(&what)) {
    const auto group = case_.ledger.FindGroup(asked->group);
    if (asked->kind == CallKind::kEnableTorque && group) enabling_[asked->call] = *group;
  } else if (const auto* answered = std::get_if<CallAnswered>(&what)) {
    const auto found = enabling_.find(answered->call);
    if (found != enabling_.end() && answered->ok) groups_[found->second].enabled_at = at;
  } else if (const auto* stop = std::get_if<StopAsked>(&what)) {
    if (stop->level != StopRank::kSoftHold) return;
    for (Group& group : groups_) group.soft_at = at;  // even if it is taken back at once
  } else if (const auto* world = std::get_if<WorldDid>(&what)) {
    if (world->what != "write-registers") return;
    for (std::size_t i = 0; i < written_at_.size(); ++i) {
      const bool meant =
          world->all_joints ? case_.scene.joints[i].bus == world->bus : i == world->joint;
      if (meant) written_at_[i] = at;
    }
  } else if (const auto* seen = std::get_if<StateSeen>(&what)) {
    if (truth_.empty()) return;
    JudgeJoints(*seen, at);
    JudgeGroups(*seen, at);
  }
}

}  // namespace soarm::adversary
