#include "tests/adversary/judge/torque_rule.h"

#include <algorithm>
#include <cmath>

namespace soarm::adversary {

using namespace bounds;

void TorqueRule::OnEvent(Time at, const What& what) {
  if (joints_.empty()) return;
  if (const auto* asked = std::get_if<CallAsked>(&what)) {
    const auto group = case_.ledger.FindGroup(asked->group);
    if (asked->kind == CallKind::kEnableTorque && group) enabling_[asked->call] = *group;
    if (asked->kind != CallKind::kClearFault && group) {
      waiting_[asked->call] = {asked->kind, *group, at};
    }
  } else if (const auto* gone = std::get_if<CallAbandoned>(&what)) {
    waiting_.erase(gone->call);
  } else if (const auto* answered = std::get_if<CallAnswered>(&what)) {
    waiting_.erase(answered->call);
    const auto found = enabling_.find(answered->call);
    if (found == enabling_.end()) return;
    for (std::size_t i = 0; i < joints_.size(); ++i) {
      if (case_.ledger.GroupOf(i) != found->second || !answered->ok) continue;
      joints_[i].by_enable = joints_[i].may_be_undone = joints_[i].told_limp = false;
      const bool lately = at - case_.troubles.of(i).power_changed < kSwings;
      if (joints_[i].on || lately || at < case_.troubles.of(i).switched_by_another) continue;
      case_.Accuse(at, "ENABLED_LIMP",
                   Say("EnableTorque said OK while %s is limp", case_.NameOf(i).c_str()));
    }
    enabling_.erase(found);
  } else if (const auto* stop = std::get_if<StopAsked>(&what)) {
    if (stop->level != StopRank::kRelease || stop->id.empty()) return;
    for (std::size_t i = 0; i < joints_.size(); ++i) {
      const GroupFacts& group = case_.scene.groups[case_.ledger.GroupOf(i)];
      const bool meant = stop->groups.empty() || std::find(stop->groups.begin(), stop->groups.end(),
                                                           group.name) != stop->groups.end();
      if (!meant || !group.writable) continue;
      joints_[i].told_limp = true;
      if (case_.troubles.IsReached(i, at)) joints_[i].release_due = at + kReleased;
    }
  } else if (const auto* did = std::get_if<ProcessDid>(&what)) {
    if (did->fate == ProcessFate::kDiskFull || did->fate == ProcessFate::kDiskFree) return;
    const bool lives = did->fate == ProcessFate::kFrozen || did->fate == ProcessFate::kSuspended;
    if (!lives) enabling_.clear();
    if (!lives) waiting_.clear();
    ends_limp_ = did->fate == ProcessFate::kEnded && did->limp;
    const bool forgets = did->fate == ProcessFate::kKilled || did->fate == ProcessFate::kStarted;
    // A new daemon adopts what it finds under torque.
    if (forgets) forgot_at_ = at;
    for (std::size_t i = 0; i < joints_.size(); ++i) {
      Joint& joint = joints_[i];
      joint.release_due = -1;
      if (forgets) joint.was_undone = joint.by_enable || joint.may_be_undone;
      if (forgets) joint.by_enable = joint.may_be_undone = false;
      // What has been cleared stands no more in any later life, however full the disk was; a stop
      // that was not cleared may stand again, kept or not as far as anybody knew.
      const bool starts = did->fate == ProcessFate::kStarted;
      if (!starts && !lives) {
        joint.release_stood = case_.ledger.StopOn(case_.ledger.GroupOf(i)) == StopRank::kRelease;
      }
      if (forgets) joint.told_limp = starts && joint.release_stood;
    }
  }
}

void TorqueRule::Gained(std::size_t i, Time at) {
  const std::size_t group = case_.ledger.GroupOf(i);
  const Trouble& trouble = case_.troubles.of(i);
  const bool enabling = at <= case_.ledger.enabling_until(group) + kTicks;
  joints_[i].may_be_undone = enabling;  // even if it may have been somebody else
  // So much damage now and then makes another packet of one, with a sum that is right.
  if (at < trouble.switched_by_another || trouble.requests_damaged > kDamageOvercome) return;
  // A wheel that was switched off since nothing was heard of it is braked again as well.
  const bool noisy = at - joints_[i].noisy_at < kSwings;
  if (joints_[i].switched_off && (noisy || !case_.troubles.IsReached(i, at))) return;
  joints_[i].by_enable = at > forgot_at_ + kTicks;
  if (enabling) return;
  case_.Accuse(
      at, "TORQUE_GAINED",
      Say("%s came under torque and nobody who may enables its group", case_.NameOf(i).c_str()));
}

void TorqueRule::Lost(std::size_t i, const ShaftTruth& shaft, Time at) {
  const std::size_t group = case_.ledger.GroupOf(i);
  const Trouble& trouble = case_.troubles.of(i);
  const bool supply = !shaft.powered || !shaft.attached || at - trouble.power_changed < kSwings;
  // A RELEASE is carried out however late it reaches the joint, cleared or not.
  const bool told = joints_[i].told_limp || at <= case_.ledger.releasing_until(group) + kTicks ||
                    at - case_.ledger.released_at(group) < 2 * kSwings ||
                    case_.ledger.StopOn(group) == StopRank::kRelease;
  // What was on the wire when it was killed still arrives.
  const bool arrives = joints_[i].was_undone && at <= forgot_at_ + Milliseconds(2);
  const bool undone = joints_[i].by_enable || joints_[i].may_be_undone || arrives;
  const bool wheel = case_.scene.joints[i].kind == Kind::kVelocity;
  // A wheel that could not be read back is switched off; the damaged or late answer of one servo
  // spoils those that follow it.
  const bool unheard =
      wheel && (!case_.troubles.IsReached(i, at) || at - joints_[i].noisy_at < kSwings / 5);
  joints_[i].switched_off = unheard;
  const bool protects = (shaft.status_bits & ~trouble.shown_bits) != 0;
  const bool failed = at - case_.ledger.enable_failed_at(group) < kUndone;
  // In another mode it holds no place, by other gains it may not stand, and only this stops it.
  const bool turns_on = wheel && at - joints_[i].stood_at > kTurnsOn;
  const bool cannot_hold = case_.troubles.IsInOtherMode(i) || turns_on;
  // So much damage now and then makes another packet of one, as in Gained().
  const bool chance = trouble.requests_damaged > kDamageOvercome;
  // At the seam only this keeps it from being driven a whole turn round.
  const bool at_seam = trouble.seam_in_reach;
  if (supply || told || undone || unheard || failed || protects || ends_limp_ || cannot_hold ||
      chance || at_seam || at < trouble.by_another) {
    return;
  }
  case_.Accuse(at, "TORQUE_LOST", Say("%s lost its torque", case_.NameOf(i).c_str()));
}

void TorqueRule::JudgeWaiting(Time at) {
  for (auto& [call, waiting] : waiting_) {
    const bool enable = waiting.kind == CallKind::kEnableTorque;
    if (case_.troubles.IsAway(at)) waiting.since = at;
    if (at <= waiting.since + (enable ? kLongestCall : kLongestRelease)) continue;
    waiting.since = kForEver;  // said once
    case_.Accuse(at, enable ? "ENABLE_HANGS" : "RELEASE_HANGS",
                 Say("%s of %s is not answered", enable ? "EnableTorque" : "ReleaseTorque",
                     case_.scene.groups[waiting.group].name.c_str()));
  }
}

void TorqueRule::OnTruth(const TruthFrame& frame) {
  JudgeWaiting(frame.at);
  joints_.resize(frame.shafts.size());
  for (std::size_t i = 0; i < joints_.size(); ++i) {
    Joint& joint = joints_[i];
    const ShaftTruth& shaft = frame.shafts[i];
    const bool on = shaft.torque_on && shaft.powered;
    if (known_ && on && !joint.on) Gained(i, frame.at);
    if (known_ && !on && joint.on) Lost(i, shaft, frame.at);
    if (on && !joint.on) joint.on_since = frame.at;
    const bool loaded = case_.troubles.of(i).load_nm != 0;
    const bool slow = std::abs(shaft.speed_rad_s) < kStands_rad_s;
    const bool told = shaft.speed_goal_raw == 0;
    if (slow || loaded || !told) joint.stood_at = frame.at;
    if (!on) {
      joint.by_enable = joint.told_limp = false;
      joint.release_due = -1;
    }
    joint.on = on;
    if (case_.troubles.IsNoisy(case_.scene.joints[i].bus)) joint.noisy_at = frame.at;
    const std::size_t group = case_.ledger.GroupOf(i);
    // It can be undone only once it is reached again, and is as long as that takes.
    if (!case_.troubles.IsReached(i, frame.at)) joint.unreached_at = frame.at;
    const Time undone_at =
        std::max(case_.ledger.enabling_until(group), joint.unreached_at) + kUndone;
    if (frame.at > undone_at) joint.may_be_undone = false;
    if (joint.by_enable && frame.at > undone_at) {
      joint.by_enable = false;
      case_.Accuse(
          frame.at, "TORQUE_LEFT",
          Say("%s keeps the torque of an enable that came to nothing", case_.NameOf(i).c_str()));
    }
    if (joint.release_due >= 0 && frame.at > joint.release_due) {
      joint.release_due = -1;
      if (case_.troubles.IsReached(i, frame.at)) {
        case_.Accuse(frame.at, "NOT_RELEASED",
                     Say("%s is still under torque after a RELEASE", case_.NameOf(i).c_str()));
      }
    }
  }
  known_ = true;
}

}  // namespace soarm::adversary
