#pragma once

#include "tests/adversary/judge/rule.h"

namespace soarm::adversary {

// What is held or driven has all of its torque, and not what is left of a soft hold or was found
// by a new daemon; or it is said to be unprepared.
//
//   TOO_WEAK
class StrengthRule final : public Rule {
 public:
  using Rule::Rule;
  void OnEvent(Time at, const What& what) override;
  void OnTruth(const TruthFrame& frame) override;

 private:
  bool IsWeak(std::size_t i, const StateSeen& seen, Time at) const;

  std::vector<ShaftTruth> truth_;
  std::vector<Time> strong_at_;  // last, or nothing was asked of it
};

}  // namespace soarm::adversary
