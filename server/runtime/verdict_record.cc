#include "server/runtime/verdict_record.h"

namespace soarm {
namespace {

// Several may have stood in the way of one joint; the hardest is told.
ClipKind ClipKindOf(ClipSet clip) {
  if (clip.Has(Clip::kPosition)) return ClipKind::kPosition;
  if (clip.Has(Clip::kLead)) return ClipKind::kLead;
  if (clip.Has(Clip::kVelocity)) return ClipKind::kVelocity;
  if (clip.Has(Clip::kAcceleration)) return ClipKind::kAcceleration;
  return ClipKind::kNone;
}

}  // namespace

VerdictRecord RecordOf(const control::TickVerdict& verdict) {
  VerdictRecord record;
  record.stream = verdict.stream;
  record.first_sequence = verdict.first_sequence;
  record.last_sequence = verdict.last_sequence;
  record.kind = verdict.verdict;
  record.cause = verdict.cause;
  record.tick = verdict.tick;
  record.decided_at = verdict.decided_at;
  if (verdict.verdict == VerdictKind::kClipped) {
    record.clips.push_back(
        {verdict.joint, ClipKindOf(verdict.clip), verdict.requested, verdict.applied});
  }
  return record;
}

}  // namespace soarm
