#include "server/service/motion/verdict_queue.h"

#include <utility>

namespace soarm {
namespace {

bool IsPlain(const v1::Verdict& verdict) {
  return verdict.clips_size() == 0 && !verdict.has_error() && !verdict.has_granted_ttl();
}

}  // namespace

v1::VerdictKind ToProto(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::kApplied:
      return v1::APPLIED;
    case VerdictKind::kClipped:
      return v1::CLIPPED;
    case VerdictKind::kSuperseded:
      return v1::SUPERSEDED;
    case VerdictKind::kExpired:
      return v1::EXPIRED;
    case VerdictKind::kTooFarAhead:
      return v1::TOO_FAR_AHEAD;
    case VerdictKind::kFenced:
      return v1::FENCED;
    case VerdictKind::kRejected:
      return v1::REJECTED;
    case VerdictKind::kHeld:
      return v1::HELD;
  }
  return v1::VERDICT_KIND_UNSPECIFIED;
}

std::string_view ClipKindName(ClipKind kind) {
  switch (kind) {
    case ClipKind::kNone:
      return "";
    case ClipKind::kPosition:
      return "POSITION";
    case ClipKind::kVelocity:
      return "VELOCITY";
    case ClipKind::kAcceleration:
      return "ACCELERATION";
    case ClipKind::kLead:
      return "LEAD";
  }
  return "";
}

void VerdictQueue::Push(v1::Verdict verdict) {
  if (!waiting_.empty()) {
    v1::Verdict& last = waiting_.back();
    if (last.kind() == verdict.kind() && last.last_seq() + 1 == verdict.first_seq() &&
        IsPlain(last) && IsPlain(verdict)) {
      last.set_last_seq(verdict.last_seq());
      last.set_tick(verdict.tick());
      last.set_decided_ns(verdict.decided_ns());
      return;
    }
  }
  if (waiting_.size() == kMostWaiting) {
    waiting_.pop_front();
    ++lost_;
  }
  waiting_.push_back(std::move(verdict));
}

std::optional<v1::Verdict> VerdictQueue::Pop() {
  if (waiting_.empty()) return std::nullopt;
  v1::Verdict verdict = std::move(waiting_.front());
  waiting_.pop_front();
  verdict.set_lost(std::exchange(lost_, 0));
  return verdict;
}

}  // namespace soarm
