#pragma once

#include "tests/adversary/judge/rule.h"

namespace soarm::adversary {

// A joint under torque moves only towards where somebody who may has told it to go. Where it may be
// is an interval: the targets of now, and the way from where it was to there, which grows shorter
// as it goes. When the last licence ends, only what braking takes is left of it; once the joint
// stands, it is held to that place. A clear, the end of noise, a restart or an obstacle that goes
// away may not change that.
//
//   MOVES_UNCOMMANDED  it is outside
class PlaceRule final : public Rule {
 public:
  using Rule::Rule;
  void OnTruth(const TruthFrame& frame) override;

 private:
  struct Joint {
    bool known = false;
    double low_rad = 0;  // where it may be
    double high_rad = 0;
    bool licensed = false;  // in the frame before
    bool stands = false;    // came to rest where the interval is, which is one place
    Time stands_since = 0;
    bool swung = false;     // by a load, since it last stood
    bool sprung = false;    // from an obstacle or a hand
    double caught_rad = 0;  // so much further it fell while its torque came
    double load_nm = 0;     // of the world, when it came to rest
    bool carries = false;   // had been under torque for long enough by then
  };
  Reach::Hull WayOf(std::size_t i) const;
  void Judge(std::size_t i, const ShaftTruth& shaft, Time at);
  void Follow(std::size_t i, const ShaftTruth& shaft, Time at);
  void Settle(std::size_t i, const ShaftTruth& shaft, Time at);
  double Beside(std::size_t i) const;

  std::vector<Joint> joints_;
};

}  // namespace soarm::adversary
