#pragma once

#include <map>

#include "tests/adversary/judge/rule.h"

namespace soarm::adversary {

// What is held or driven has all of its torque, and not what is left of a soft hold or was found
// by a new daemon; or it is said to be unprepared. Nor is it held softly once EnableTorque has said
// OK.
//
//   TOO_WEAK
//   LEAPS_WITH_TORQUE      a joint whose torque limit is raised goes back to where it had sunk from
//   SPEEDS_UP_WITH_TORQUE  or goes on faster, because another program's goal still acts
class StrengthRule final : public Rule {
 public:
  using Rule::Rule;
  void OnEvent(Time at, const What& what) override;
  void OnTruth(const TruthFrame& frame) override;

 private:
  struct Group {
    Time enabled_at = bounds::kNever;  // said OK
    Time soft_at = bounds::kNever;     // a soft stop stood last
  };
  struct Raised {
    Time at = bounds::kNever;  // its torque limit was
    double from_rad = 0;
  };
  struct Spurred {
    Time at = bounds::kNever;  // its torque limit was raised, by the daemon
    double from_rad_s = 0;
  };
  void JudgeRaised(std::size_t i, const ShaftTruth& shaft, Time at);
  void JudgeSpurred(std::size_t i, const ShaftTruth& shaft, Time at);
  bool IsWeak(std::size_t i, const StateSeen& seen, Time at) const;
  void JudgeJoints(const StateSeen& seen, Time at);
  void JudgeGroups(const StateSeen& seen, Time at);

  std::vector<Group> groups_;
  std::map<std::uint32_t, std::size_t> enabling_;  // call -> group
  std::vector<ShaftTruth> truth_;
  std::vector<Raised> raised_;
  std::vector<Spurred> spurred_;
  std::vector<Time> written_at_;  // by another program
  std::vector<Time> strong_at_;   // last, or nothing was asked of it
};

}  // namespace soarm::adversary
