#include "tests/adversary/judge/verdict_rule.h"

#include <algorithm>

namespace soarm::adversary {

using namespace bounds;

void VerdictRule::OnEvent(Time at, const What& what) {
  if (const auto* sent = std::get_if<FrameSent>(&what)) {
    if (!sent->posted) return;
    Frame frame{.seq = sent->seq, .order = ++frames_, .at = at, .lease = sent->lease, .not_after = sent->not_after};
    if (const auto group = case_.ledger.FindGroup(sent->group)) {
      frame.group = *group;
      frame.known_group = true;
      frame.held_then = sent->lease.proof == Proof::kGenuine && sent->lease.lease != 0 &&
                        case_.ledger.HolderOf(*group, at) == sent->lease.lease;
      frame.stop = case_.ledger.StopOn(*group);
      newest_.resize(case_.scene.groups.size(), {0, 0});
      if (frame.held_then) newest_[*group] = {frames_, sent->lease.lease};
    }
    open_[sent->stream].push_back(frame);
  } else if (const auto* seen = std::get_if<VerdictSeen>(&what)) {
    std::deque<Frame>& frames = open_[seen->stream];
    for (std::uint64_t seq = seen->first_seq;; ++seq) {
      const auto found = std::find_if(frames.begin(), frames.end(),
                                      [seq](const Frame& frame) { return frame.seq == seq; });
      if (found != frames.end()) {
        JudgeOne(at, *seen, *found);
        frames.erase(found);
      } else if (seen->first_seq == seen->last_seq) {
        case_.Accuse(at, "TWO_VERDICTS",
                     Say("frame %llu of stream %llu has one already",
                         static_cast<unsigned long long>(seq),
                         static_cast<unsigned long long>(seen->stream)));
      }
      if (seq >= seen->last_seq) break;
    }
  } else if (const auto* closed = std::get_if<StreamClosed>(&what)) {
    open_.erase(closed->stream);
  } else if (const auto* ended = std::get_if<StreamEnded>(&what)) {
    open_.erase(ended->stream);
  } else if (std::holds_alternative<ProcessDid>(what)) {
    // A killed daemon owes nothing, one that stood still answers late.
    for (auto& [stream, frames] : open_) {
      for (Frame& frame : frames) frame.at = std::max(frame.at, at + 10 * kOpens);
    }
    if (std::get<ProcessDid>(what).fate != ProcessFate::kFrozen) open_.clear();
  }
}

void VerdictRule::JudgeOne(Time at, const VerdictSeen& seen, const Frame& frame) {
  const bool acted = seen.verdict == VerdictName::kApplied || seen.verdict == VerdictName::kClipped;
  const Time decided = seen.decided_at;
  if (acted) {
    const char* why = nullptr;
    if (frame.lease.proof != Proof::kGenuine) why = "it was not a holder's";
    if (!frame.held_then) why = "its lease did not hold the group when it was sent";
    if (decided > frame.not_after) why = "it had expired";
    if (frame.known_group && case_.ledger.StopOn(frame.group) != StopRank::kNone &&
        frame.stop != StopRank::kNone && case_.ledger.stopped_at(frame.group) < frame.at) {
      why = "a stop stood";
    }
    if (why != nullptr) {
      case_.Accuse(at, "FALSE_VERDICT",
                   Say("frame %llu of stream %llu was acted on, but %s",
                       static_cast<unsigned long long>(frame.seq),
                       static_cast<unsigned long long>(seen.stream), why));
    }
  }
  if (seen.verdict == VerdictName::kSuperseded && frame.held_then &&
      newest_[frame.group].first <= frame.order && newest_[frame.group].second == frame.lease.lease) {
    case_.Accuse(at, "STARVED",
                 Say("frame %llu of stream %llu was superseded by nothing newer of its holder's",
                     static_cast<unsigned long long>(frame.seq),
                     static_cast<unsigned long long>(seen.stream)));
  }
}

void VerdictRule::OnTruth(const TruthFrame& frame) {
  if (frame.at % (50 * 1'000'000) != 0 || case_.troubles.IsAway(frame.at)) return;
  for (auto& [stream, frames] : open_) {
    while (!frames.empty() && frame.at - frames.front().at > kVerdict) {
      case_.Accuse(frame.at, "NO_VERDICT",
                   Say("frame %llu of stream %llu, sent %.3f s ago, has none",
                       static_cast<unsigned long long>(frames.front().seq),
                       static_cast<unsigned long long>(stream),
                       static_cast<double>(frame.at - frames.front().at) * 1e-9));
      frames.pop_front();
    }
  }
}

}  // namespace soarm::adversary
