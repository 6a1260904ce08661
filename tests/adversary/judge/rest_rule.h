#pragma once

#include "tests/adversary/judge/rule.h"

namespace soarm::adversary {

// Soon after the last licence has ended, by a stop, an expiry, a lease that is lost or given back,
// the end of its stream or a cancelled move, everything stands. Wheels too, whether or not they can
// be read; only those of a dead, frozen or unplugged daemon turn on.
//
// A servo that is in another mode than the one in which its goals are written holds no place: it is
// switched off once it turns, whoever told it to.
//
//   DOES_NOT_STOP
//   RUNS_IN_OTHER_MODE
class RestRule final : public Rule {
 public:
  using Rule::Rule;
  void OnTruth(const TruthFrame& frame) override;

 private:
  bool MayTurn(std::size_t i, Time at);
  bool MayRoll(std::size_t i, Time at);
  void JudgeOtherMode(std::size_t i, const ShaftTruth& shaft, Time at);

  struct Joint {
    Time excused_until = bounds::kNever;
    int frames = 0;         // that it moved without leave
    double turned_rad = 0;  // in these
    Time did_not_run_at = bounds::kNever;
  };
  std::vector<Joint> joints_;
};

}  // namespace soarm::adversary
