#include "server/runtime/control_types.h"

#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

namespace soarm {
namespace {

VerdictKind KindOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kApplied:
      return VerdictKind::kApplied;
    case Verdict::kClipped:
      return VerdictKind::kClipped;
    case Verdict::kSuperseded:
      return VerdictKind::kSuperseded;
    case Verdict::kExpired:
      return VerdictKind::kExpired;
    case Verdict::kTooFarAhead:
      return VerdictKind::kTooFarAhead;
    case Verdict::kFenced:
      return VerdictKind::kFenced;
    case Verdict::kRejected:
      return VerdictKind::kRejected;
    case Verdict::kHeld:
      return VerdictKind::kHeld;
  }
  return VerdictKind::kRejected;
}

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
  out.kind = KindOf(record.verdict);
  out.cause = record.cause;
  out.tick = record.tick;
  out.decided_at = record.decided_at;
  if (record.verdict == Verdict::kClipped) {
    out.clips.push_back({record.joint, ClipKindOf(record.clip), record.requested, record.applied});
  }
  return out;
}

// A token is raw bytes there and text on the wire: two hexadecimal digits a byte.
control::LeaseRef ToControl(const LeaseRef& lease) {
  control::LeaseRef out{lease.epoch, lease.fence, ""};
  if (lease.token.size() % 2 != 0) return out;
  for (std::size_t i = 0; i < lease.token.size(); i += 2) {
    unsigned byte = 0;
    const char* digits = lease.token.data() + i;
    if (std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) return out;
    out.token.push_back(static_cast<char>(byte));
  }
  return out;
}

LeaseRef FromControl(const control::LeaseRef& lease) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  LeaseRef out{lease.epoch, lease.fence, ""};
  for (const char c : lease.token) {
    const auto byte = static_cast<unsigned char>(c);
    out.token += {kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return out;
}

std::vector<GroupInfo> GroupInfos(const control::ControlledRobot& robot) {
  std::vector<GroupInfo> infos;
  for (const control::GroupPlace& place : robot.groups()) {
    GroupInfo info;
    info.name = place.name;
    info.bus_name = robot.bus_name(place.bus);
    info.bus = place.bus;
    info.group = place.index;
    info.kind = place.model.kind;
    info.role = place.model.role;
    info.joints = place.model.joints;
    infos.push_back(std::move(info));
  }
  return infos;
}

}  // namespace soarm
