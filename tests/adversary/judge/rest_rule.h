#pragma once

#include "tests/adversary/judge/rule.h"

namespace soarm::adversary {

// Soon after the last licence has ended, by a stop, an expiry, a lease that is lost or given back,
// the end of its stream or a cancelled move, everything stands. Wheels too, whether or not they can
// be read; only those of a dead, frozen or unplugged daemon turn on.
//
//   DOES_NOT_STOP
class RestRule final : public Rule {
 public:
  using Rule::Rule;
  void OnTruth(const TruthFrame& frame) override;

 private:
  bool MayTurn(std::size_t i, Time at);
  bool MayRoll(std::size_t i, Time at);

  struct Joint {
    Time excused_until = bounds::kNever;
    int frames = 0;  // that it moved without leave
  };
  std::vector<Joint> joints_;
};

}  // namespace soarm::adversary
