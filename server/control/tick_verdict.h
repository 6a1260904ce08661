#pragma once

#include <cstdint>

#include "common/sync/ring.h"
#include "server/control/authority.h"
#include "server/safety/gate.h"
#include "server/safety/limits.h"

namespace soarm::control {

// What the tick says about one command, or about a range of superseded ones. Trivially copyable:
// travels through a Ring.
//
// Not the VerdictRecord of server/core that the edge gets: a place in the ring has room for one
// joint and for all that clipped it, and what was refused before any tick never passes here.
// RecordOf() in server/runtime makes the one of the other.
struct TickVerdict {
  std::uint64_t stream = 0;
  GroupId group = 0;
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  VerdictKind verdict = VerdictKind::kRejected;
  HoldCause cause = HoldCause::kNone;  // for kHeld, kFenced, kExpired
  std::uint64_t tick = 0;
  MonoTime received_at{};
  MonoTime decided_at{};
  // For kClipped the joint that was changed most; for a kHeld by kFault the faulty one.
  JointIndex joint = 0;
  ClipSet clip;
  double requested = 0;
  double applied = 0;
};

// From one cycle to the one slow thread that delivers verdicts.
using VerdictRing = Ring<TickVerdict, 1024>;

}  // namespace soarm::control
