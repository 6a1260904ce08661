#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/adversary/record/record.h"

namespace soarm::adversary {

// Where plays have led: which states (kind of group, mode, cause) were entered from which mode. A
// daemon that starts anew begins from UNKNOWN.
//
// Not thread-safe.
class Coverage final : public Audience {
 public:
  explicit Coverage(Audience& next) : next_(next) {}

  void Begin(const SceneFacts& scene) override;
  void On(const Event& event) override;
  void On(const TruthFrame& frame) override { next_.On(frame); }
  void End(Time at) override { next_.End(at); }

  // "arm HOLD>SOFT_HOLD LEASE_LOST"
  const std::map<std::string, std::uint64_t>& reached() const { return reached_; }

  // All that the daemon's table of modes allows.
  static const std::set<std::string>& Possible();

 private:
  Audience& next_;
  SceneFacts scene_;
  std::vector<GroupSays> last_;
  std::map<std::string, std::uint64_t> reached_;
};

}  // namespace soarm::adversary
