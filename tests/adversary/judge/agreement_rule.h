#pragma once

#include "tests/adversary/judge/rule.h"

namespace soarm::adversary {

// What the daemon says of itself agrees with the truth within some ticks, or says that it does not
// know.
//
//   SAYS_WRONG_PLACE   a joint that is not stale is elsewhere
//   SAYS_WRONG_TORQUE  a joint that is not stale has torque and the state says no, or the other way
//   SAYS_WRONG_MODE    LIMP with all joints under torque; holding or driven with none
//   SAYS_FRESH         a joint that cannot have answered for long is not called stale
//   HOLDS_AND_MOVES    HOLD, while a joint of the group goes on moving by itself
//   HIDES_A_STOP       a standing stop that the group's mode does not show
class AgreementRule final : public Rule {
 public:
  using Rule::Rule;
  void OnEvent(Time at, const What& what) override;
  void OnTruth(const TruthFrame& frame) override;

 private:
  struct Since {
    Time place = -1;
    Time torque = -1;
    Time fresh = -1;
    Time stale = -1;
  };
  // True when `wrong` has lasted for longer than a state may lag.
  static bool Lasts(bool wrong, Time at, Time& since, Time most);
  void JudgeJoint(std::size_t i, const JointSays& says, Time at);
  bool IsTurning(std::size_t i, ModeName mode) const;
  void JudgeGroup(std::size_t group, const StateSeen& seen, Time at);

  std::vector<ShaftTruth> truth_;
  Time truth_at_ = 0;
  std::vector<Since> since_;
  std::vector<Time> wrong_mode_;
  std::vector<Time> hidden_stop_;
  std::vector<Time> turns_;
  std::vector<Time> not_limp_;
};

}  // namespace soarm::adversary
