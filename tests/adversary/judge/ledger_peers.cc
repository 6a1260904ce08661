// Groups that are leased together hold together.

#include <algorithm>

#include "tests/adversary/judge/ledger.h"

namespace soarm::adversary {

using namespace bounds;

void Ledger::On(Time /*at*/, const WorldDid& did) {
  if (did.what == "unplug") unplugged_.insert(did.bus);
  if (did.what == "replug") unplugged_.erase(did.bus);
}

Time Ledger::PeerUnableSince(std::size_t group) const {
  Time since = kForEver;
  const LeaseNumber holder = groups_[group].holder;
  for (std::size_t peer = 0; peer < groups_.size(); ++peer) {
    if (holder == 0 || peer == group || groups_[peer].holder != holder) continue;
    // What a group of the same bus was last told is its own matter, when that is unplugged.
    const bool same_bus = scene_->groups[peer].bus == scene_->groups[group].bus;
    since = std::min(since, same_bus ? groups_[peer].stopped_since : groups_[peer].unable_since);
  }
  return since;
}

bool Ledger::WaitsForItsTurn(const Licence& licence) const {
  if ((licence.source & kMoveSource) == 0) return false;
  const auto move = calls_.find(static_cast<std::uint32_t>(licence.source));
  return move != calls_.end() && std::any_of(calls_.begin(), move, [&](const auto& before) {
           return before.second.group == move->second.group && !before.second.is_move;
         });
}

// A stop that is cleared within two ticks is one of its own group only.
void Ledger::HoldPeers(Time at) {
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const std::size_t bus = scene_->groups[i].bus;
    const bool stopped = stops_[i].level != StopRank::kNone;
    const bool unable = stopped || unplugged_.contains(bus);
    groups_[i].stopped_since = stopped ? std::min(groups_[i].stopped_since, at) : kForEver;
    groups_[i].unable_since = unable ? std::min(groups_[i].unable_since, at) : kForEver;
  }
  for (std::size_t i = 0; i < group_of_.size(); ++i) {
    const bool held = IsHeldByPeer(group_of_[i], at);
    for (Licence& licence : licences_[i]) {
      // It goes by how the peers are when its turn has come.
      const bool waits = WaitsForItsTurn(licence);
      if (waits) licence.from = at;
      licence.held = held && (licence.held || waits);
      // What was sent just before the peer is free again is decided after it.
      if (held && at - licence.from > kTicks) licence.until = std::min(licence.until, at);
    }
  }
}

}  // namespace soarm::adversary
