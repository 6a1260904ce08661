#pragma once

#include "tests/adversary/judge/rule.h"

namespace soarm::adversary {

// What stands against an obstacle does not press on with all that its goal may be ahead: the goal
// comes nearer. Only asked of joints that no weight turns, since a goal stays that carries one; of
// what a daemon finds pressing only once it has had the time to try that out.
//
//   PRESSES_ON
class PressRule final : public Rule {
 public:
  using Rule::Rule;
  void OnEvent(Time at, const What& what) override;
  void OnTruth(const TruthFrame& frame) override;

 private:
  bool Presses(std::size_t i, const ShaftTruth& shaft, Time at) const;

  bool IsFar(std::size_t i, const ShaftTruth& shaft) const;

  std::vector<Time> free_at_;  // last
  std::vector<Time>
      found_until_;  // what was found pressing may, where it has not come nearer since
};

}  // namespace soarm::adversary
