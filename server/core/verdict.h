#pragma once

#include <cstdint>

#include "server/core/joint.h"
#include "server/core/lease.h"
#include "server/core/state.h"

namespace soarm {

// What became of one streamed command, of which each gets exactly one; see
// proto/soarm/v1/motion.proto.
enum class VerdictKind : std::uint8_t {
  kApplied,
  kClipped,      // applied after limits changed it
  kSuperseded,   // a newer one arrived before the tick
  kExpired,      // too old when its tick came
  kTooFarAhead,  // valid for longer than a command may be
  kFenced,       // not the lease holder's, or the lease has ended
  kRejected,     // cannot be executed as it is: no numbers, or joints of another group
  kHeld,         // in order, but a stop, a fault or the mode keeps the group from following
};

// What changed a request, as a client is told: one reason. What the limits say is a set of those
// that stood in the way (ClipSet in server/safety).
enum class ClipKind : std::uint8_t { kNone, kPosition, kVelocity, kAcceleration, kLead };

struct ClippedJoint {
  JointIndex joint = 0;
  ClipKind kind = ClipKind::kNone;
  double requested = 0;  // rad or rad/s
  double applied = 0;
};

// An answer to one stream, by a tick (control::TickVerdict, which has less room) or before any.
struct VerdictRecord {
  std::uint64_t stream = 0;
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  VerdictKind kind = VerdictKind::kApplied;
  HoldCause cause = HoldCause::kNone;  // for kHeld
  // When not kHolds, why the command was refused, as kFenced, before any tick.
  LeaseStanding lease = LeaseStanding::kHolds;
  std::uint64_t tick = 0;  // 0: decided before any tick
  MonoTime decided_at{};
  PerJoint<ClippedJoint> clips;
};

}  // namespace soarm
