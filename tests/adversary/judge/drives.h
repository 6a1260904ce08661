#pragma once

#include <vector>

#include "tests/adversary/judge/ledger.h"
#include "tests/adversary/judge/reach.h"
#include "tests/adversary/judge/troubles.h"

namespace soarm::adversary {

// How one joint may be moving now.
struct Drive {
  bool licensed = false;           // somebody who may wants it to, or did a few ticks ago
  Time since = bounds::kNever;     // ... all the time from then on
  Time ended_at = bounds::kNever;  // when the last licence ended
  Reach::Hull lately;              // what was allowed within the time that a way takes
  bool driven = false;             // it has torque, and the power for it
  Time not_ours_until = bounds::kNever;
  Time torque_since = bounds::kNever;
  bool reached = true;  // the daemon can read it
  // The speed that was commanded when the daemon was cut off from it, until somebody commands it
  // again: its goal leads by that.
  double left_with_rad_s = 0;
  Time cut_off_at = bounds::kNever;
};

// Joins, for every joint, what the ledger allows with what the world does: what the rules about
// motion begin with.
class Drives {
 public:
  void Begin(const SceneFacts& scene, const Ledger& ledger, const Troubles& troubles);
  // Commands may be replaced within the same millisecond.
  void On(Time at, const What& what);
  void On(const TruthFrame& frame);

  const Drive& of(std::size_t joint) const { return drives_[joint]; }
  // Nothing commands it, and it has had the time to come to rest.
  bool ShouldStand(std::size_t joint, Time at) const {
    return !drives_[joint].licensed && at > drives_[joint].ended_at + bounds::kOnItsWay;
  }
  // When one of the group's joints fell, or was moved by hand: that shakes the others.
  Time fell_at(std::size_t group) const { return fell_at_[group]; }
  // When another joint of its group last moved.
  Time others_moved_at(std::size_t joint) const;

 private:
  void Take(std::size_t joint, Time at);
  static void LeaveWith(Drive& drive, Time at);

  const SceneFacts* scene_ = nullptr;
  const Ledger* ledger_ = nullptr;
  const Troubles* troubles_ = nullptr;
  std::vector<Drive> drives_;
  std::vector<Reach> reaches_;
  std::vector<Time> moved_at_;
  std::vector<Time> fell_at_;
};

}  // namespace soarm::adversary
