#pragma once

#include <map>
#include <string>
#include <vector>

#include "soarm/v1/safety.pb.h"

namespace soarm::test {

// The stops that stand, as those know who asserted and cleared them: what a daemon has to know in
// its next life, and what it may know.
//
// Not thread-safe.
class StopBook {
 public:
  // Stops that are new, each with whether it is said to outlive the daemon.
  void Take(const v1::SafetyState& safety, bool kept);
  // What is asserted has been kept after all.
  void AllKept();
  // Cleared. Where that is not `kept`, a daemon that dies now may bring it back, or hold everything
  // in place of what stands.
  void Cleared(const std::string& id, bool kept);
  // The daemon is gone: at once, or in order, having kept what it could.
  void DaemonDied(bool kept_all);
  // What the next daemon says, which has read it from its disk; yields what is wrong with it.
  std::vector<std::string> NextLife(const v1::SafetyState& safety);
  // What the same one still says.
  std::vector<std::string> SameLife(const v1::SafetyState& safety) const;

  bool any() const { return !standing_.empty(); }
  bool releases() const;
  // Whether one stands, or may stand again in the next life.
  bool may_release() const;
  std::string first() const { return standing_.empty() ? "" : standing_.begin()->first; }

 private:
  struct Known {
    bool kept = false;
    bool releases = false;
  };
  using Stops = std::map<std::string, Known>;  // by id
  static bool Releases(const Stops& stops);

  Stops standing_;
  Stops cleared_;  // of these the disk may not know yet
  bool may_hold_all_ = false;
};

}  // namespace soarm::test
