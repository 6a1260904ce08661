#pragma once

#include <deque>
#include <map>

#include "tests/adversary/judge/rule.h"

namespace soarm::adversary {

// Every posted frame gets exactly one verdict, soon, and it is true.
//
//   NO_VERDICT      none came while the daemon lived and the stream was open
//   TWO_VERDICTS    more verdicts than frames of that number
//   FALSE_VERDICT   acted on although it was not the holder's, its lease had ended, it had expired,
//                   or a stop stood on its group or on another of its lease; or FENCED or EXPIRED,
//                   which it was not
//   STARVED         superseded although no newer frame of the same lease came
class VerdictRule final : public Rule {
 public:
  using Rule::Rule;
  void OnEvent(Time at, const What& what) override;
  void OnTruth(const TruthFrame& frame) override;

 private:
  struct Frame {
    std::uint64_t seq = 0;
    std::uint64_t order = 0;  // among all frames
    Time at = 0;
    std::size_t group = 0;
    bool known_group = false;
    Shown lease;
    Time not_after = 0;
    bool held_then = false;  // by the holder, when it was sent
    StopRank stop = StopRank::kNone;
    bool is_sound = true;
    bool accused = false;  // of being too late
  };
  void OnProcess(Time at, const ProcessDid& did);
  bool IsSound(const FrameSent& sent, std::size_t group) const;
  void JudgeRange(Time at, const VerdictSeen& seen);
  // Why it should not have been; null: it is in order.
  const char* WhyNotActed(Time at, const VerdictSeen& seen, const Frame& frame) const;
  void JudgeOne(Time at, const VerdictSeen& seen, const Frame& frame);

  std::map<std::uint64_t, std::deque<Frame>> open_;  // by stream
  // The newest frame of a holder, by group: its order and its lease.
  std::vector<std::pair<std::uint64_t, LeaseNumber>> newest_;
  std::uint64_t frames_ = 0;
  Time late_until_ = bounds::kNever;
};

}  // namespace soarm::adversary
