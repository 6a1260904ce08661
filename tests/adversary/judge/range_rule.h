#pragma once

#include <optional>

#include "tests/adversary/judge/rule.h"

namespace soarm::adversary {

// What is written into a joint's goal stays within what goals are limited to. From outside, where
// it was found or pushed, it may stay and go inwards.
//
//   BEYOND_LIMITS
class RangeRule final : public Rule {
 public:
  using Rule::Rule;
  void OnEvent(Time at, const What& what) override;
  void OnTruth(const TruthFrame& frame) override;

 private:
  struct Span {
    double low_rad = 0;
    double high_rad = 0;
    void Add(double rad);
  };
  struct Joint {
    Span now;                         // where it was since `turned_at_`
    Span before;                      // and in the span before that
    double goal_rad = 0;              // in its register, by whoever wrote last
    std::optional<double> given_rad;  // that the daemon wrote last: it may write this one again
  };
  bool IsGarbled(std::size_t bus) const;
  bool IsKnown(std::size_t bus, Time at) const;
  void JudgeGoal(std::size_t i, double goal_rad, Time at);

  std::vector<Joint> joints_;
  Time turned_at_ = bounds::kNever;
};

}  // namespace soarm::adversary
