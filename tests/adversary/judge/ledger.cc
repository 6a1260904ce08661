#include "tests/adversary/judge/ledger.h"

#include <algorithm>
#include <cmath>

namespace soarm::adversary {

using namespace bounds;

void Ledger::Begin(const SceneFacts& scene) {
  *this = Ledger();
  scene_ = &scene;
  groups_.assign(scene.groups.size(), {});
  stops_.assign(scene.groups.size(), {});
  licences_.assign(scene.joints.size(), {});
  for (const JointFacts& joint : scene.joints) {
    group_of_.push_back(FindGroup(joint.group).value_or(0));
  }
}

std::optional<std::size_t> Ledger::FindGroup(const std::string& name) const {
  for (std::size_t i = 0; i < scene_->groups.size(); ++i) {
    if (scene_->groups[i].name == name) return i;
  }
  return std::nullopt;
}

LeaseNumber Ledger::HolderOf(std::size_t group, Time at) const {
  const LeaseNumber holder = groups_[group].holder;
  const auto found = leases_.find(holder);
  return found != leases_.end() && at < found->second.until ? holder : 0;
}

bool Ledger::Holds(const Shown& shown, std::size_t group, Time at) const {
  return shown.proof == Proof::kGenuine && shown.lease != 0 && HolderOf(group, at) == shown.lease;
}

void Ledger::On(Time at, const What& what) {
  std::visit([this, at](const auto& event) { On(at, event); }, what);
}

void Ledger::On(Time at, const LeaseRenewed& renewed) {
  const auto lease = leases_.find(renewed.lease.lease);
  const bool counts = renewed.ok && renewed.lease.proof == Proof::kGenuine;
  if (counts && lease != leases_.end()) lease->second.until = at + lease->second.ttl;
}

void Ledger::On(Time at, const LeaseReleased& released) {
  if (released.ok && released.lease.proof == Proof::kGenuine) EndLease(at, released.lease.lease);
}

void Ledger::On(Time /*at*/, const ScaleSet& set) {
  for (Group& group : groups_) {
    if (set.ok && group.holder == set.lease.lease) group.scale = set.scale;
  }
}

void Ledger::On(Time at, const ProcessDid& did) {
  if (did.fate == ProcessFate::kKilled || did.fate == ProcessFate::kEnded ||
      did.fate == ProcessFate::kSuspended) {
    std::vector<bool> enabling;
    for (const Group& group : groups_) enabling.push_back(group.enabling_until >= at);
    EndAll(at);
    // The step that it slept in is taken when it wakes, and then undone; also where it is told
    // meanwhile to end.
    const bool sleeps = did.fate == ProcessFate::kSuspended;
    const bool ends = did.fate == ProcessFate::kEnded && at < wakes_at_;
    const Time wakes = sleeps ? at + did.span : wakes_at_;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      if (enabling[i] && (sleeps || ends)) groups_[i].enabling_until = wakes + kTicks;
    }
  }
  if (did.fate == ProcessFate::kFrozen) wakes_at_ = at + did.span;
  if (did.fate == ProcessFate::kKilled) wakes_at_ = kNever;
  if (did.fate != ProcessFate::kStarted) return;
  streams_.clear();
  // Only what is known to be kept must stand again.
  std::erase_if(assertions_, [](const auto& one) { return !one.second.kept; });
  JoinStops();
}

void Ledger::On(Time at, const LeaseAsked& asked) {
  if (asked.granted == 0) return;
  Lease lease;
  lease.rank = asked.rank;
  lease.ttl = asked.granted_ttl;
  lease.until = at + asked.granted_ttl;
  for (const std::string& name : asked.granted_groups) {
    if (const auto group = FindGroup(name)) lease.groups.push_back(*group);
  }
  if (asked.rank != LeaseRank::kObserver) {
    for (const std::size_t group : lease.groups) {
      // A lease that loses one of its groups ends on all of them.
      if (groups_[group].holder != 0) EndLease(at, groups_[group].holder);
    }
    for (const std::size_t group : lease.groups) {
      groups_[group].holder = asked.granted;
      groups_[group].scale = 1;
    }
  }
  leases_[asked.granted] = std::move(lease);
}

double Ledger::TopSpeed(std::size_t joint, const Licence& licence) const {
  return scene_->joints[joint].velocity_limit_rad_s * licence.speed_share *
         std::clamp(groups_[group_of_[joint]].scale, 0.0, 1.0);
}

void Ledger::On(Time at, const FrameSent& frame) {
  const auto group = FindGroup(frame.group);
  const auto stream = streams_.find(frame.stream);
  if (!group || !frame.posted || stream == streams_.end()) return;
  if (!Holds(frame.lease, *group, at) || frame.not_after < at) return;
  if (stream->second.contains(*group)) return;
  // While a peer is held up this ends within two ticks, see HoldPeers().
  if (stops_[*group].level != StopRank::kNone) return;
  for (const FrameSent::Target& target : frame.targets) {
    if (target.joint >= group_of_.size() || group_of_[target.joint] != *group ||
        !std::isfinite(target.value)) {
      return;
    }
  }
  for (const FrameSent::Target& target : frame.targets) {
    const JointFacts& joint = scene_->joints[target.joint];
    const bool wheel = joint.kind == Kind::kVelocity;
    const double low = wheel ? -joint.velocity_limit_rad_s : joint.lower_rad;
    const double high = wheel ? joint.velocity_limit_rad_s : joint.upper_rad;
    const Time longest = at + (wheel ? kLongestOfWheels : kLongestOfJoints);
    licences_[target.joint].push_back({.source = frame.stream,
                                       .sequence = frame.seq,
                                       .lease = frame.lease.lease,
                                       .target = std::clamp(target.value, low, high),
                                       .from = at,
                                       .until = std::min(frame.not_after, longest)});
  }
}

// What acts takes the place of what its stream asked the same joints for before. What was
// superseded by another stream's frame, or refused, does not.
void Ledger::On(Time /*at*/, const VerdictSeen& seen) {
  if (seen.verdict != VerdictName::kApplied && seen.verdict != VerdictName::kClipped) return;
  for (std::vector<Licence>& all : licences_) {
    const bool names = std::ranges::any_of(all, [&](const Licence& one) {
      return one.source == seen.stream && one.sequence == seen.last_seq;
    });
    if (!names) continue;
    std::erase_if(all, [&](const Licence& one) {
      return one.source == seen.stream && one.sequence < seen.last_seq;
    });
  }
}

void Ledger::On(Time at, const MoveAsked& asked) {
  const auto group = FindGroup(asked.group);
  if (!group) return;
  const bool valid = Holds(asked.lease, *group, at);
  calls_[asked.call] = {
      .is_move = true, .group = *group, .lease = asked.lease, .asked_at = at, .valid = valid};
  if (!valid || stops_[*group].level != StopRank::kNone) return;
  for (const FrameSent::Target& target : asked.targets) {
    if (target.joint >= group_of_.size() || !std::isfinite(target.value)) continue;
    const JointFacts& joint = scene_->joints[target.joint];
    const double asked_scale = asked.speed_scale <= 0 ? 0.5 : std::min(1.0, asked.speed_scale);
    licences_[target.joint].push_back(
        {.source = kMoveSource | asked.call,
         .lease = asked.lease.lease,
         .target = std::clamp(target.value, joint.lower_rad, joint.upper_rad),
         .speed_share = asked_scale,
         .from = at,
         .held = IsHeldByPeer(*group, at),
         .until = at + kLongestMove});
  }
}

void Ledger::On(Time at, const CallAsked& asked) {
  const auto group = FindGroup(asked.group);
  if (!group) return;
  const bool valid = Holds(asked.lease, *group, at);
  calls_[asked.call] = {
      .kind = asked.kind, .group = *group, .lease = asked.lease, .asked_at = at, .valid = valid};
  if (!valid) return;
  if (asked.kind == CallKind::kEnableTorque) groups_[*group].enabling_until = at + kLongestCall;
  if (asked.kind == CallKind::kReleaseTorque) groups_[*group].releasing_until = kForEver;
}

void Ledger::EndCall(Time at, std::uint32_t number, bool ok) {
  EndSource(at, kMoveSource | number);
  const auto found = calls_.find(number);
  if (found == calls_.end()) return;
  const Call call = found->second;
  calls_.erase(found);
  if (call.is_move || !call.valid) return;
  for (const auto& [other, waiting] : calls_) {
    const bool same = waiting.group == call.group && waiting.kind == call.kind;
    if (same && waiting.valid && !waiting.is_move) return;
  }
  Group& group = groups_[call.group];
  if (call.kind == CallKind::kReleaseTorque) {
    // One that could not be confirmed is repeated.
    group.releasing_until = ok ? at + kTicks : group.releasing_until;
    return;
  }
  if (call.kind != CallKind::kEnableTorque) return;
  group.enabling_until = at + kTicks;
  if (!ok) group.enable_failed_at = at;
}

void Ledger::On(Time at, const StopAsked& asked) {
  Assertion assertion{.level = asked.level};
  for (const std::string& name : asked.groups) {
    if (const auto group = FindGroup(name)) assertion.groups.push_back(*group);
  }
  if (asked.groups.empty()) {
    for (std::size_t i = 0; i < groups_.size(); ++i) assertion.groups.push_back(i);
  }
  if (asked.id.empty()) return;
  Assertion& known = assertions_[asked.id];
  known.level = std::max(known.level, assertion.level);
  for (const std::size_t group : assertion.groups) {
    known.groups.push_back(group);
    stops_[group].asked_at = at;
    if (asked.level == StopRank::kRelease) stops_[group].released_at = at;
    for (std::size_t i = 0; i < group_of_.size(); ++i) {
      if (group_of_[i] != group) continue;
      for (Licence& licence : licences_[i]) licence.until = std::min(licence.until, at);
    }
  }
  JoinStops();
}

void Ledger::On(Time /*at*/, const StopReported& reported) {
  const auto found = assertions_.find(reported.id);
  if (found != assertions_.end()) found->second.kept = reported.kept;
}

void Ledger::On(Time /*at*/, const StopCleared& cleared) {
  for (const std::string& id : cleared.cleared) {
    const auto found = assertions_.find(id);
    if (found == assertions_.end()) continue;
    // Those that only held with them are not set in motion either.
    std::set<std::size_t> held_too(found->second.groups.begin(), found->second.groups.end());
    for (const std::size_t group : found->second.groups) {
      for (std::size_t peer = 0; peer < groups_.size(); ++peer) {
        const LeaseNumber holder = groups_[group].holder;
        if (holder != 0 && groups_[peer].holder == holder) held_too.insert(peer);
      }
    }
    for (auto& [stream, held] : streams_) held.insert(held_too.begin(), held_too.end());
    assertions_.erase(found);
  }
  // A full disk: everything would hold in place of what still stands.
  for (auto& [id, assertion] : assertions_) assertion.kept = assertion.kept && cleared.kept;
  JoinStops();
}

void Ledger::JoinStops() {
  for (Stop& stop : stops_) stop.level = StopRank::kNone;
  for (const auto& [id, assertion] : assertions_) {
    for (const std::size_t group : assertion.groups) {
      stops_[group].level = std::max(stops_[group].level, assertion.level);
    }
  }
}

Time Ledger::EndedAt(LeaseNumber lease) const {
  const auto found = ended_.find(lease);
  return found != ended_.end() ? found->second : kForEver;
}

void Ledger::EndLease(Time at, LeaseNumber number, Time grace) {
  if (leases_.erase(number) == 0) return;
  ended_[number] = at + grace;
  for (Group& group : groups_) {
    if (group.holder != number) continue;
    group.holder = 0;
    group.scale = 1;
    group.enabling_until = std::min(group.enabling_until, at + kTicks);
  }
  for (std::vector<Licence>& all : licences_) {
    for (Licence& licence : all) {
      if (licence.lease == number) licence.until = std::min(licence.until, at);
    }
  }
}

void Ledger::EndAll(Time at) {
  while (!leases_.empty()) EndLease(at, leases_.begin()->first);
  calls_.clear();
  for (Group& group : groups_) group.enabling_until = std::min(group.enabling_until, at + kTicks);
}

void Ledger::EndSource(Time at, std::uint64_t source) {
  for (std::vector<Licence>& all : licences_) {
    for (Licence& licence : all) {
      if (licence.source == source) licence.until = std::min(licence.until, at);
    }
  }
}

void Ledger::Pass(Time at) {
  while (true) {
    const auto over = std::find_if(leases_.begin(), leases_.end(),
                                   [at](const auto& one) { return one.second.until <= at; });
    if (over == leases_.end()) break;
    EndLease(over->second.until, over->first, kTicks);
  }
  HoldPeers(at);
  if (at < forget_at_) return;
  forget_at_ = at + kOnItsWay;
  for (std::vector<Licence>& all : licences_) {
    std::erase_if(all, [at](const Licence& one) { return one.until + kOnItsWay < at; });
  }
}

}  // namespace soarm::adversary
