#pragma once

#include <map>

#include "tests/adversary/judge/rule.h"

namespace soarm::adversary {

// Torque is neither lost nor gained but for a cause.
//
//   TORQUE_GAINED  without an enable of the group's holder under way
//   TORQUE_LEFT    an enable failed or was given up, and what it energised stays so
//   TORQUE_LOST    without a release, a stop RELEASE, the servo's own protection or its supply
//   NOT_RELEASED   a stop RELEASE, even one taken back at once, left a joint under torque
//   RELEASE_HANGS  a ReleaseTorque is not answered
//   ENABLE_HANGS   an EnableTorque is not
//   ENABLED_LIMP   "EnableTorque: OK" while a joint of the group is limp
//
class TorqueRule final : public Rule {
 public:
  using Rule::Rule;
  void OnEvent(Time at, const What& what) override;
  void OnTruth(const TruthFrame& frame) override;

 private:
  struct Joint {
    bool on = false;
    bool by_enable = false;  // came on in an enable that has not succeeded
    bool may_be_undone = false;
    bool was_undone = false;    // either of them, when the daemon was killed
    bool switched_off = false;  // a wheel that could not be read
    Time on_since = 0;
    Time stood_at = 0;           // last, or its servo was not told to, or a load turned it
    bool told_limp = false;      // by a RELEASE that has not reached it yet
    bool release_stood = false;  // a stop, when the daemon died
    Time release_due = -1;
    Time unreached_at = bounds::kNever;  // last
    Time noisy_at = bounds::kNever;      // its bus, last
  };
  void Gained(std::size_t i, Time at);
  void Lost(std::size_t i, const ShaftTruth& shaft, Time at);
  void JudgeWaiting(Time at);

  std::vector<Joint> joints_;
  std::map<std::uint32_t, std::size_t> enabling_;  // call -> group
  struct Waiting {
    CallKind kind = CallKind::kEnableTorque;
    std::size_t group = 0;
    Time since = 0;
  };
  std::map<std::uint32_t, Waiting> waiting_;  // by call
  Time forgot_at_ = bounds::kNever;           // the enables of a daemon that is gone
  bool known_ = false;
  bool ends_limp_ = false;  // the daemon was asked to end so
};

}  // namespace soarm::adversary
