#pragma once

#include "tests/adversary/judge/rule.h"

namespace soarm::adversary {

// What is not ours to drive is never written.
//
//   WRITES_TO_LEADER   a packet that changes a servo of a read-only group
//   WRITES_TO_STRANGER  the same for one that is no joint of the robot
//   WRITES_TO_ALL      a broadcast that would reach every servo
class UntouchedRule final : public Rule {
 public:
  using Rule::Rule;
  void OnEvent(Time at, const What& what) override;
};

}  // namespace soarm::adversary
