#include "tests/system/adversity/stop_book.h"

#include <algorithm>

namespace soarm::test {

void StopBook::Take(const v1::SafetyState& safety, bool kept) {
  for (const v1::StopAssertion& stop : safety.stops()) {
    const bool releases = stop.level() == v1::StopRequest::RELEASE;
    standing_.try_emplace(stop.stop_id(), Known{kept, releases});
    cleared_.erase(stop.stop_id());
  }
}

void StopBook::AllKept() {
  for (auto& [id, stop] : standing_) stop.kept = true;
  cleared_.clear();
  may_hold_all_ = false;
}

void StopBook::Cleared(const std::string& id, bool kept) {
  const auto found = standing_.find(id);
  if (found == standing_.end()) return;
  if (!kept) {
    cleared_.insert(*found);
    for (auto& [other, stop] : standing_) stop.kept = false;
    may_hold_all_ = true;
  }
  standing_.erase(found);
}

void StopBook::DaemonDied(bool kept_all) {
  if (kept_all) AllKept();
}

std::vector<std::string> StopBook::NextLife(const v1::SafetyState& safety) {
  std::vector<std::string> wrong;
  Stops now;
  for (const v1::StopAssertion& stop : safety.stops()) {
    const bool holds_all =
        may_hold_all_ && stop.source() == "state file" && stop.level() == v1::StopRequest::HOLD;
    if (!standing_.contains(stop.stop_id()) && !cleared_.contains(stop.stop_id()) && !holds_all) {
      wrong.push_back("stop " + stop.stop_id() + " stands, which nobody asserted");
    }
    now[stop.stop_id()] = {true, stop.level() == v1::StopRequest::RELEASE};
  }
  for (const auto& [id, stop] : standing_) {
    if (stop.kept && !now.contains(id)) wrong.push_back("stop " + id + " is forgotten");
  }
  standing_ = std::move(now);
  cleared_.clear();
  may_hold_all_ = false;
  return wrong;
}

std::vector<std::string> StopBook::SameLife(const v1::SafetyState& safety) const {
  std::vector<std::string> wrong;
  for (const auto& [id, stop] : standing_) {
    const bool stands =
        std::ranges::any_of(safety.stops(), [&id](const auto& now) { return now.stop_id() == id; });
    if (!stands) wrong.push_back("stop " + id + " is gone");
  }
  if (safety.stops_size() > static_cast<int>(standing_.size())) {
    wrong.emplace_back("more stops stand than were asserted");
  }
  return wrong;
}

bool StopBook::releases() const { return Releases(standing_); }

bool StopBook::may_release() const { return Releases(standing_) || Releases(cleared_); }

bool StopBook::Releases(const Stops& stops) {
  return std::ranges::any_of(stops, [](const auto& stop) { return stop.second.releases; });
}

}  // namespace soarm::test
