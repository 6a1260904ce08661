#pragma once

#include "tests/adversary/judge/rule.h"

namespace soarm::adversary {

// A daemon that is started, or finds its bus again, takes over what stands under torque without
// moving or lowering it: all openings between two commands together by no more than a bound,
// however many there are.
//
//   MOVED_BY_ADOPTION
class AdoptionRule final : public Rule {
 public:
  using Rule::Rule;
  void OnEvent(Time at, const What& what) override;
  void OnTruth(const TruthFrame& frame) override;

 private:
  struct Joint {
    bool watched = false;
    double stood_rad = 0;  // before the first opening
    int openings = 0;
  };
  // Whether something else may move it.
  bool IsShaken(std::size_t i) const;
  bool IsDisturbed(std::size_t i, Time at) const;

  std::vector<Joint> joints_;
  std::vector<ShaftTruth> truth_;
};

}  // namespace soarm::adversary
