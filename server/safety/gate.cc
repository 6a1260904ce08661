#include "server/safety/gate.h"

#include "server/core/bypass.h"

namespace soarm {

GateDecision DecideGate(const CommandFacts& command, const GateFacts& facts) noexcept {
  using enum GateAction;
  if (IsGateOff()) return {kFollow, HoldCause::kNone, VerdictKind::kApplied};
  if (facts.stop == StopLevel::kRelease) return {kRelease, HoldCause::kStopped, VerdictKind::kHeld};
  if (!command.finite) return {kHold, HoldCause::kNone, VerdictKind::kRejected};
  const bool holder = facts.fence != 0 && command.epoch == facts.epoch &&
                      command.fence == facts.fence && facts.now < facts.lease_until;
  if (!holder) return {kHold, HoldCause::kLeaseLost, VerdictKind::kFenced};
  if (facts.now > command.not_after) return {kHold, HoldCause::kExpired, VerdictKind::kExpired};
  if (command.not_after - command.received_at > facts.max_ahead) {
    return {kHold, HoldCause::kNone, VerdictKind::kTooFarAhead};
  }
  if (facts.stop != StopLevel::kNone || command.stream < facts.first_stream) {
    return {kHold, HoldCause::kStopped, VerdictKind::kHeld};
  }
  if (facts.fault) return {kHold, HoldCause::kFault, VerdictKind::kHeld};
  if (facts.unprepared) return {kHold, HoldCause::kAdopted, VerdictKind::kHeld};
  if (facts.mode == Mode::kLimp || facts.mode == Mode::kUnknown) {
    return {kHold, HoldCause::kNone, VerdictKind::kHeld};
  }
  return {kFollow, HoldCause::kNone, VerdictKind::kApplied};
}

}  // namespace soarm
