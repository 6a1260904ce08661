#pragma once

#include "tests/adversary/judge/rule.h"

namespace soarm::adversary {

// A joint is never faster than its limit times the holder's scale and the move's own, a wheel never
// faster than it was told to turn, plus what a servo's loop adds.
//
//   TOO_FAST
class SpeedRule final : public Rule {
 public:
  using Rule::Rule;
  void OnTruth(const TruthFrame& frame) override;

 private:
  void JudgeJoint(std::size_t i, const ShaftTruth& shaft, Time at);
  void Keep(std::size_t i, Time at);
  void JudgeWheel(std::size_t i, const ShaftTruth& shaft, Time at);

  std::vector<Time> quiet_until_;  // after an accusation
  std::vector<Time> turned_at_;    // when it last began to move the other way
  std::vector<bool> backwards_;
  std::vector<int> fast_frames_;  // one after the other in which it is too fast
  Time last_at_ = 0;
  // What a wheel was told before, from where it still comes.
  struct Kept {
    double low = 0;
    double high = 0;
    Time until = bounds::kNever;
  };
  std::vector<Kept> kept_;
};

}  // namespace soarm::adversary
