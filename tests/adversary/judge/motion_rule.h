#pragma once

#include "tests/adversary/judge/rule.h"

namespace soarm::adversary {

// A joint moves only where somebody who may has told it to, no faster than it may, and stands soon
// after that has ended. While nothing licenses it, it is held to where it came to rest: that is also
// what a restart, a clear, the end of noise or of an obstacle may not change.
//
//   MOVES_UNCOMMANDED  it left the way between where it stood and where it was told to go
//   TOO_FAST           above its limit and scale
//   DOES_NOT_STOP      it (a wheel too) still moves when it should stand
class MotionRule final : public Rule {
 public:
  using Rule::Rule;
  void OnEvent(Time at, const What& what) override;
  void OnTruth(const TruthFrame& frame) override;

 private:
  struct Joint {
    bool known = false;
    double low_rad = 0;   // where it may be
    double high_rad = 0;
    double load_nm = 0;   // of the world, when it was last at rest
    Time quiet_since = -1;  // stands and nothing licenses it
    Time licensed_at = -1'000'000'000'000;  // last
    double top_speed = 0;
    Time top_until = -1;
    Time free_until = -1;  // moved by something else
  };
  void JudgeArm(std::size_t i, const ShaftTruth& shaft, Time at);
  void JudgeWheel(std::size_t i, const ShaftTruth& shaft, Time at);
  // What the licences of this moment allow; how long ago the last one ended.
  void TakeLicences(std::size_t i, Time at);
  double Slack(std::size_t i) const;

  std::vector<Joint> joints_;
};

}  // namespace soarm::adversary
