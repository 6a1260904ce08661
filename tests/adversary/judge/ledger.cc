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
  return found != leases_.end() && !found->second.ended && at < found->second.until ? holder : 0;
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
    EndAll(at);
  }
  if (did.fate == ProcessFate::kStarted) streams_.clear();
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

void Ledger::Grant(std::size_t joint, const Licence& licence) {
  std::vector<Licence>& all = licences_[joint];
  for (Licence& known : all) {
    // The same sender's next wish; what it wished before is still being braked for.
    if (known.source == licence.source && known.target == licence.target) {
      known.until = std::max(known.until, licence.until);
      known.speed_rad_s = std::max(known.speed_rad_s, licence.speed_rad_s);
      return;
    }
  }
  all.push_back(licence);
}

void Ledger::On(Time at, const FrameSent& frame) {
  const auto group = FindGroup(frame.group);
  const auto stream = streams_.find(frame.stream);
  if (!group || !frame.posted || stream == streams_.end()) return;
  if (!Holds(frame.lease, *group, at) || frame.not_after < at) return;
  // Streams from before a clear stay held.
  if (stream->second <= stops_[*group].cleared_at) return;
  if (stops_[*group].level != StopRank::kNone) return;
  for (const FrameSent::Target& target : frame.targets) {
    if (target.joint >= group_of_.size() || group_of_[target.joint] != *group ||
        !std::isfinite(target.value)) {
      return;
    }
  }
  const Time lease_until = leases_[frame.lease.lease].until;
  for (const FrameSent::Target& target : frame.targets) {
    const JointFacts& joint = scene_->joints[target.joint];
    const Time longest = at + Milliseconds(joint.kind == Kind::kVelocity ? 250 : 500);
    const double top = joint.velocity_limit_rad_s * groups_[*group].scale;
    Grant(target.joint, {.source = frame.stream,
                         .lease = frame.lease.lease,
                         .target = std::clamp(target.value, joint.kind == Kind::kPosition
                                                                ? joint.lower_rad
                                                                : -joint.velocity_limit_rad_s,
                                              joint.kind == Kind::kPosition
                                                  ? joint.upper_rad
                                                  : joint.velocity_limit_rad_s),
                         .speed_rad_s = top,
                         .from = at,
                         .until = std::min({frame.not_after, longest, lease_until})});
  }
}

void Ledger::On(Time at, const MoveAsked& asked) {
  const auto group = FindGroup(asked.group);
  if (!group) return;
  const bool valid = Holds(asked.lease, *group, at);
  calls_[asked.call] = {.is_move = true,
                        .group = *group,
                        .lease = asked.lease,
                        .asked_at = at,
                        .valid = valid};
  if (!valid || stops_[*group].level != StopRank::kNone) return;
  for (const FrameSent::Target& target : asked.targets) {
    if (target.joint >= group_of_.size() || !std::isfinite(target.value)) continue;
    const JointFacts& joint = scene_->joints[target.joint];
    const double asked_scale = asked.speed_scale <= 0 ? 0.5 : std::min(1.0, asked.speed_scale);
    Grant(target.joint, {.source = kMoveSource | asked.call,
                         .lease = asked.lease.lease,
                         .target = target.value,
                         .speed_rad_s = joint.velocity_limit_rad_s * asked_scale,
                         .from = at,
                         .until = at + Milliseconds(610'000)});
  }
}

void Ledger::On(Time at, const CallAsked& asked) {
  const auto group = FindGroup(asked.group);
  if (!group) return;
  const bool valid = Holds(asked.lease, *group, at);
  calls_[asked.call] = {
      .kind = asked.kind, .group = *group, .lease = asked.lease, .asked_at = at, .valid = valid};
  if (!valid) return;
  constexpr Time kLong = Milliseconds(6000);
  if (asked.kind == CallKind::kEnableTorque) groups_[*group].enabling_until = at + kLong;
  if (asked.kind == CallKind::kReleaseTorque) groups_[*group].releasing_until = at + 100 * kLong;
}

void Ledger::EndCall(Time at, std::uint32_t number, bool ok) {
  EndSource(at, kMoveSource | number);
  const auto found = calls_.find(number);
  if (found == calls_.end()) return;
  const Call call = found->second;
  calls_.erase(found);
  if (call.is_move || !call.valid) return;
  Group& group = groups_[call.group];
  if (call.kind == CallKind::kReleaseTorque) {
    // One that could not be confirmed is repeated.
    group.releasing_until = ok ? at + kTicks : group.releasing_until;
    return;
  }
  if (call.kind != CallKind::kEnableTorque) return;
  for (const auto& [other, waiting] : calls_) {
    if (waiting.group == call.group && waiting.kind == CallKind::kEnableTorque && waiting.valid &&
        !waiting.is_move) {
      return;
    }
  }
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

void Ledger::On(Time at, const StopCleared& cleared) {
  for (const std::string& id : cleared.cleared) {
    const auto found = assertions_.find(id);
    if (found == assertions_.end()) continue;
    for (const std::size_t group : found->second.groups) stops_[group].cleared_at = at;
    assertions_.erase(found);
  }
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

void Ledger::EndLease(Time at, LeaseNumber number) {
  const auto found = leases_.find(number);
  if (found == leases_.end() || found->second.ended) return;
  found->second.ended = true;
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
  for (auto& [number, lease] : leases_) EndLease(at, number);
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

void Ledger::Forget(Time before) {
  for (std::vector<Licence>& all : licences_) {
    std::erase_if(all, [before](const Licence& licence) { return licence.until < before; });
  }
  for (auto& [number, lease] : leases_) {
    if (!lease.ended && lease.until < before) EndLease(lease.until, number);
  }
}

}  // namespace soarm::adversary
