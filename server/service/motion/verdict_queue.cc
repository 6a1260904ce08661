#include "server/service/motion/verdict_queue.h"

#include <algorithm>
#include <utility>

namespace soarm {
namespace {

bool SaysMore(const v1::Verdict& verdict) {
  return verdict.clips_size() != 0 || verdict.has_granted_ttl();
}

// Whether both say the same of neighbouring commands. One number may have been refused often.
bool AreOne(const v1::Verdict& last, const v1::Verdict& next) {
  if (last.kind() != next.kind() || SaysMore(last) || SaysMore(next)) return false;
  if (next.first_seq() < last.first_seq() || next.first_seq() > last.last_seq() + 1) return false;
  return last.has_error() == next.has_error() && last.error().reason() == next.error().reason() &&
         last.error().subject() == next.error().subject();
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
    if (AreOne(last, verdict)) {
      if (last.tick() == 0 && verdict.tick() != 0) ++of_ticks_;
      if (last.tick() != 0 && verdict.tick() == 0) --of_ticks_;
      last.set_last_seq(std::max(last.last_seq(), verdict.last_seq()));
      last.set_tick(verdict.tick());
      last.set_decided_ns(verdict.decided_ns());
      return;
    }
  }
  if (waiting_.size() == kMostWaiting) {
    DropFront();
    ++lost_;
  }
  if (verdict.tick() != 0) ++of_ticks_;
  waiting_.push_back(std::move(verdict));
}

void VerdictQueue::DropFront() {
  if (waiting_.front().tick() != 0) --of_ticks_;
  waiting_.pop_front();
}

bool VerdictQueue::can_grow() const { return of_ticks_ == 0 && waiting_.size() < kMostWaiting / 2; }

std::optional<v1::Verdict> VerdictQueue::Pop() {
  if (waiting_.empty()) return std::nullopt;
  v1::Verdict verdict = waiting_.front();
  DropFront();
  verdict.set_lost(std::exchange(lost_, 0));
  return verdict;
}

}  // namespace soarm
