#include "server/runtime/control_types.h"

namespace soarm {
namespace {

// A record names one joint and may have several reasons; the hardest limit is told.
ClipKind ClipKindOf(ClipSet clip) {
  if (clip.Has(Clip::kPosition)) return ClipKind::kPosition;
  if (clip.Has(Clip::kLead)) return ClipKind::kLead;
  if (clip.Has(Clip::kVelocity)) return ClipKind::kVelocity;
  if (clip.Has(Clip::kAcceleration)) return ClipKind::kAcceleration;
  return ClipKind::kNone;
}

}  // namespace

VerdictRecord FromControl(const control::VerdictRecord& record) {
  VerdictRecord out;
  out.stream = record.stream;
  out.first_sequence = record.first_sequence;
  out.last_sequence = record.last_sequence;
  out.kind = record.verdict;
  out.cause = record.cause;
  out.tick = record.tick;
  out.decided_at = record.decided_at;
  if (record.verdict == VerdictKind::kClipped) {
    out.clips.push_back({record.joint, ClipKindOf(record.clip), record.requested, record.applied});
  }
  return out;
}

}  // namespace soarm
