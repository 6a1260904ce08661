#pragma once

#include "tests/adversary/judge/rule.h"

namespace soarm::adversary {

// A joint that was kept from going on springs, when the way is free, by no more than the target may
// be ahead of it: the lead at rest and what it trails at the commanded speed. From there it goes on
// as fast as it may.
//
//   LEAPS
class SpringRule final : public Rule {
 public:
  using Rule::Rule;
  void OnEvent(Time at, const What& what) override;
  void OnTruth(const TruthFrame& frame) override;

 private:
  struct Joint {
    bool freed = false;  // lately
    Time freed_at = 0;
    double from_rad = 0;
    double top_speed = 0;  // commanded since
    double load_nm = 0;
  };
  std::vector<Joint> joints_;
  std::vector<ShaftTruth> truth_;
};

}  // namespace soarm::adversary
