#pragma once

#include <memory>
#include <vector>

#include "tests/adversary/judge/rule.h"

namespace soarm::adversary {

// The oracle: holds what was asked and granted against the truth of the world, by the bounds of
// bounds.h. It shares no code with the daemon and uses none of its types.
//
// Not thread-safe.
class Judge final : public Referee {
 public:
  void Begin(const SceneFacts& scene) override;
  void On(const Event& event) override;
  void On(const TruthFrame& frame) override;
  void End(Time at) override;
  std::vector<Violation> violations() const override { return violations_; }

 private:
  SceneFacts scene_;
  Ledger ledger_;
  Troubles troubles_;
  Drives drives_;
  std::vector<Violation> violations_;
  std::unique_ptr<Case> case_;
  std::vector<std::unique_ptr<Rule>> rules_;
};

}  // namespace soarm::adversary
