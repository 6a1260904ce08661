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
}

void StopBook::Cleared(const std::string& id) {
  const auto found = standing_.find(id);
  if (found == standing_.end()) return;
  cleared_.insert(*found);
  standing_.erase(found);
}

void StopBook::DaemonDied(bool kept_all) {
  if (kept_all) AllKept();
}

std::vector<std::string> StopBook::Compare(const v1::SafetyState& safety) {
  std::vector<std::string> wrong;
  std::map<std::string, Known> now;
  for (const v1::StopAssertion& stop : safety.stops()) {
    if (!standing_.contains(stop.stop_id()) && !cleared_.contains(stop.stop_id())) {
      wrong.push_back("stop " + stop.stop_id() + " stands, which nobody asserted");
    }
    now[stop.stop_id()] = {true, stop.level() == v1::StopRequest::RELEASE};
  }
  for (const auto& [id, stop] : standing_) {
    if (stop.kept && !now.contains(id)) wrong.push_back("stop " + id + " is forgotten");
  }
  standing_ = std::move(now);
  cleared_.clear();
  return wrong;
}

bool StopBook::any_kept() const {
  return std::ranges::any_of(standing_, [](const auto& stop) { return stop.second.kept; });
}

bool StopBook::releases() const {
  return std::ranges::any_of(standing_, [](const auto& stop) { return stop.second.releases; });
}

}  // namespace soarm::test
