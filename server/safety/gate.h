#pragma once

#include <cstdint>

#include "common/time/clock.h"
#include "server/core/mode.h"
#include "server/core/state.h"
#include "server/core/stop.h"
#include "server/core/verdict.h"

namespace soarm {

// The facts about a command that decide; how it got here does not matter.
struct CommandFacts {
  bool finite = false;
  std::uint64_t stream = 0;
  std::uint64_t epoch = 0;
  std::uint64_t fence = 0;
  MonoTime received_at{};
  MonoTime not_after{};
};

// What the slow side and the joints say at the time of the tick.
struct GateFacts {
  MonoTime now{};
  Mode mode = Mode::kUnknown;
  StopLevel stop = StopLevel::kNone;
  bool fault = false;       // a required joint is stale or faulty, or a coupled group cannot follow
  bool unprepared = false;  // found under torque, and not checked and set as torque-on does
  std::uint64_t epoch = 0;
  std::uint64_t fence = 0;         // of the lease; 0: nobody holds one
  MonoTime lease_until{};          // exclusive
  std::uint64_t first_stream = 0;  // streams opened before a stop was cleared are below it
  Nanos max_ahead{};               // longest validity of a command after its receipt
};

enum class GateAction : std::uint8_t { kFollow, kHold, kRelease };

struct GateDecision {
  GateAction action = GateAction::kHold;
  HoldCause cause = HoldCause::kNone;  // for kHold
  VerdictKind verdict =
      VerdictKind::kRejected;  // kApplied for kFollow: limits may make it kClipped
};

// Decides whether a command may act now. Asked again in every tick for the command that is being
// followed, so that nothing outlives its validity. The first row that matches decides:
//
//   condition                                    action    cause        verdict
//   stop RELEASE                                 release   kStopped     HELD
//   target not finite                            hold      kNone        REJECTED
//   epoch or fence not the lease's               hold      kLeaseLost   FENCED
//   lease ended                                  hold      kLeaseLost   FENCED
//   not_after passed                             hold      kExpired     EXPIRED
//   not_after > received + max_ahead             hold      kNone        TOO_FAR_AHEAD
//   stop HOLD or SOFT_HOLD                       hold      kStopped     HELD
//   stream opened before the last clear          hold      kStopped     HELD
//   fault                                        hold      kFault       HELD
//   found under torque, not prepared             hold      kAdopted     HELD
//   mode LIMP or UNKNOWN                         hold      kNone        HELD
//   otherwise                                    follow    kNone        APPLIED
//
// Real time  yes. Pure.
GateDecision DecideGate(const CommandFacts& command, const GateFacts& facts) noexcept;

}  // namespace soarm
