#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "tests/system/adversity/ledger.h"
#include "tests/system/programs.h"

namespace soarm::test {

// Holds the truth of one arm against what was allowed. The bounds are those of docs/safety.md; the
// times are wider by whole seconds, since this machine may stand still for some tenths whenever it
// likes. (On a virtual clock, tests/adversary judges by the promises themselves.)
//
//   STAYS   a joint under torque that nothing may drive stays within 2 degrees
//   RUNS ON what ends, dies or is stopped goes no further than braking, lead and lag
//   FAST    no joint goes faster than its limit over half a second
//   TORQUE  none comes but in an enable, none goes but by a release or a failed enable
//
// Not thread-safe. Times  CLOCK_MONOTONIC, ns; frames in order.
class Judge {
 public:
  // `limits_rad_s` by servo.
  explicit Judge(std::map<std::uint32_t, double> limits_rad_s) : limits_(std::move(limits_rad_s)) {}

  // Yields what is wrong with these frames; each joint is blamed once a call.
  std::vector<std::string> Look(const std::vector<sim::Truth>& frames, const Ledger& ledger);

  // How far the joints went while something was allowed to drive them: 0 says that nothing did.
  double driven_rad() const { return driven_rad_; }

 private:
  struct Place {
    std::int64_t time_ns = 0;
    double angle_rad = 0;
  };
  struct Joint {
    bool known = false;
    bool torque_on = false;
    std::int64_t torque_since_ns = 0;
    Place last;
    Place let_go;        // where something was last allowed to drive it
    bool rests = false;  // it has come to rest, at rest_rad
    double rest_rad = 0;
    std::deque<Place> past;  // the last half second
  };
  std::string JudgeTorque(const Joint& joint, const sim::ServoTruth& now, std::int64_t time_ns,
                          const Ledger& ledger) const;
  std::string JudgePlace(Joint& joint, const sim::ServoTruth& now, std::int64_t time_ns,
                         double limit_rad_s);
  std::string JudgeSpeed(Joint& joint, const sim::ServoTruth& now, std::int64_t time_ns,
                         double limit_rad_s) const;

  const std::map<std::uint32_t, double> limits_;
  std::map<std::uint32_t, Joint> joints_;
  Spans acts_;  // when a drive can act, of the ledger that is looked at
  double driven_rad_ = 0;
};

}  // namespace soarm::test
