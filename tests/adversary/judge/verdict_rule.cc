#include "tests/adversary/judge/verdict_rule.h"

#include <algorithm>
#include <cmath>

namespace soarm::adversary {

using namespace bounds;

bool VerdictRule::IsSound(const FrameSent& sent, std::size_t group) const {
  return std::all_of(sent.targets.begin(), sent.targets.end(), [&](const auto& target) {
    return target.joint < case_.scene.joints.size() &&
           case_.ledger.GroupOf(target.joint) == group && std::isfinite(target.value);
  });
}

void VerdictRule::OnEvent(Time at, const What& what) {
  if (const auto* sent = std::get_if<FrameSent>(&what)) {
    if (!sent->posted) return;
    Frame frame{.seq = sent->seq,
                .order = ++frames_,
                .at = at,
                .lease = sent->lease,
                .not_after = sent->not_after};
    if (const auto group = case_.ledger.FindGroup(sent->group)) {
      frame.group = *group;
      frame.known_group = true;
      frame.held_then = sent->lease.proof == Proof::kGenuine && sent->lease.lease != 0 &&
                        case_.ledger.HolderOf(*group, at) == sent->lease.lease;
      frame.stop = case_.ledger.StopOn(*group);
      frame.is_sound = IsSound(*sent, *group);
      newest_.resize(case_.scene.groups.size(), {0, 0});
      if (frame.held_then) newest_[*group] = {frames_, sent->lease.lease};
    }
    open_[sent->stream].push_back(frame);
  } else if (const auto* seen = std::get_if<VerdictSeen>(&what)) {
    JudgeRange(at, *seen);
  } else if (const auto* closed = std::get_if<StreamClosed>(&what)) {
    open_.erase(closed->stream);
  } else if (const auto* ended = std::get_if<StreamEnded>(&what)) {
    open_.erase(ended->stream);
  } else if (std::holds_alternative<ProcessDid>(what)) {
    OnProcess(at, std::get<ProcessDid>(what));
  }
}

// A daemon that is gone owes nothing, one that stood still answers late.
void VerdictRule::OnProcess(Time at, const ProcessDid& did) {
  switch (did.fate) {
    case ProcessFate::kKilled:
    case ProcessFate::kEndedDone:
    case ProcessFate::kStarted:
      open_.clear();
      late_until_ = kNever;  // what stood still or was ending is gone
      return;
    case ProcessFate::kFrozen:
    case ProcessFate::kSuspended:
      late_until_ = std::max(late_until_, at + did.span + kOpens);
      return;
    case ProcessFate::kEnded:
      late_until_ = kForEver;
      return;
    case ProcessFate::kDiskFull:
    case ProcessFate::kDiskFree:
      return;
  }
}

void VerdictRule::JudgeRange(Time at, const VerdictSeen& seen) {
  const auto stream = open_.find(seen.stream);
  if (stream == open_.end()) return;  // closed: nobody listens any more
  std::size_t judged = 0;
  std::erase_if(stream->second, [&](const Frame& frame) {
    if (frame.seq < seen.first_seq || frame.seq > seen.last_seq) return false;
    // Numbers may repeat; a verdict on one of them is for its oldest frame.
    if (judged > 0 && seen.first_seq == seen.last_seq) return false;
    ++judged;
    JudgeOne(at, seen, frame);
    return true;
  });
  if (judged > 0) return;
  case_.Accuse(at, "TWO_VERDICTS",
               Say("frames %llu to %llu of stream %llu have one each already",
                   static_cast<unsigned long long>(seen.first_seq),
                   static_cast<unsigned long long>(seen.last_seq),
                   static_cast<unsigned long long>(seen.stream)));
}

const char* VerdictRule::WhyNotActed(Time at, const VerdictSeen& seen, const Frame& frame) const {
  if (frame.lease.proof != Proof::kGenuine) return "it was not a holder's";
  if (!frame.held_then) return "its lease did not hold the group when it was sent";
  if (seen.decided_at > frame.not_after) return "it had expired";
  if (seen.decided_at > case_.ledger.EndedAt(frame.lease.lease)) return "its lease had ended";
  if (!frame.is_sound) return "it has joints of another group or no numbers";
  const Time stopped_at = case_.ledger.stopped_at(frame.group);
  const bool stop_stood = frame.stop != StopRank::kNone && stopped_at < frame.at &&
                          case_.ledger.StopOn(frame.group) != StopRank::kNone;
  if (stop_stood) return "a stop stood";
  const bool holds_on = case_.ledger.HolderOf(frame.group, at) == frame.lease.lease;
  if (holds_on && case_.ledger.IsHeldByPeer(frame.group, frame.at)) {
    return "another group of its lease could not move";
  }
  return nullptr;
}

void VerdictRule::JudgeOne(Time at, const VerdictSeen& seen, const Frame& frame) {
  const bool acted = seen.verdict == VerdictName::kApplied || seen.verdict == VerdictName::kClipped;
  const char* why = nullptr;
  const char* what = "acted on";
  if (acted) {
    why = WhyNotActed(at, seen, frame);
  } else if (seen.verdict == VerdictName::kFenced) {
    what = "called FENCED";
    const bool is_theirs =
        frame.held_then && case_.ledger.HolderOf(frame.group, seen.decided_at) == frame.lease.lease;
    if (is_theirs && at >= late_until_) why = "its lease held the group all the time";
  } else if (seen.verdict == VerdictName::kExpired) {
    what = "called EXPIRED";
    if (seen.decided_at + kTicks < std::min(frame.not_after, frame.at + kShortestClamp)) {
      why = "it had not";
    }
  }
  if (why != nullptr) {
    case_.Accuse(at, "FALSE_VERDICT",
                 Say("frame %llu of stream %llu was %s at %.4f s, but %s",
                     static_cast<unsigned long long>(frame.seq),
                     static_cast<unsigned long long>(seen.stream), what,
                     static_cast<double>(seen.decided_at) * 1e-9, why));
  }
  if (seen.verdict == VerdictName::kSuperseded && frame.held_then &&
      newest_[frame.group].first <= frame.order &&
      newest_[frame.group].second == frame.lease.lease) {
    case_.Accuse(at, "STARVED",
                 Say("frame %llu of stream %llu was superseded by nothing newer of its holder's",
                     static_cast<unsigned long long>(frame.seq),
                     static_cast<unsigned long long>(seen.stream)));
  }
}

void VerdictRule::OnTruth(const TruthFrame& frame) {
  if (frame.at % (50 * 1'000'000) != 0 || frame.at < late_until_) return;
  if (case_.troubles.IsAway(frame.at)) return;
  for (auto& [stream, frames] : open_) {
    for (Frame& one : frames) {
      if (one.accused || frame.at - one.at <= kVerdict) continue;
      one.accused = true;
      case_.Accuse(
          frame.at, "NO_VERDICT",
          Say("frame %llu of stream %llu, sent %.3f s ago, has none",
              static_cast<unsigned long long>(one.seq), static_cast<unsigned long long>(stream),
              static_cast<double>(frame.at - one.at) * 1e-9));
    }
  }
}

}  // namespace soarm::adversary
