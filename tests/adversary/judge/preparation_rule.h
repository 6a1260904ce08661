#pragma once

#include <vector>

#include "tests/adversary/judge/rule.h"

namespace soarm::adversary {

// What is found under torque is made ready to be driven, or it is said why not.
//
//   STAYS_UNPREPARED  a joint that answers and of which nothing else is said is not prepared
//
class PreparationRule final : public Rule {
 public:
  using Rule::Rule;
  void OnEvent(Time at, const What& what) override;
  void OnTruth(const TruthFrame& frame) override;

 private:
  bool Answers(std::size_t i, Time at) const;
  // Whether it is said to be unprepared, and nothing but the daemon keeps it so.
  bool IsOwed(std::size_t i, const JointSays& says, Time at) const;

  std::vector<ShaftTruth> truth_;
  std::vector<Time> not_owed_at_;  // last
};

}  // namespace soarm::adversary
