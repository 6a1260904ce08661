#include "server/safety/gate.h"

#include "server/core/bypass.h"

namespace soarm {

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kApplied:
      return "APPLIED";
    case Verdict::kClipped:
      return "CLIPPED";
    case Verdict::kSuperseded:
      return "SUPERSEDED";
    case Verdict::kExpired:
      return "EXPIRED";
    case Verdict::kTooFarAhead:
      return "TOO_FAR_AHEAD";
    case Verdict::kFenced:
      return "FENCED";
    case Verdict::kRejected:
      return "REJECTED";
    case Verdict::kHeld:
      return "HELD";
  }
  return "REJECTED";
}

GateDecision DecideGate(const CommandFacts& command, const GateFacts& facts) noexcept {
  using enum GateAction;
  if (IsGateOff()) return {kFollow, HoldCause::kNone, Verdict::kApplied};
  if (facts.stop == StopLevel::kRelease) return {kRelease, HoldCause::kStopped, Verdict::kHeld};
  if (!command.finite) return {kHold, HoldCause::kNone, Verdict::kRejected};
  const bool holder = facts.fence != 0 && command.epoch == facts.epoch &&
                      command.fence == facts.fence && facts.now < facts.lease_until;
  if (!holder) return {kHold, HoldCause::kLeaseLost, Verdict::kFenced};
  if (facts.now > command.not_after) return {kHold, HoldCause::kExpired, Verdict::kExpired};
  if (command.not_after - command.received_at > facts.max_ahead) {
    return {kHold, HoldCause::kNone, Verdict::kTooFarAhead};
  }
  if (facts.stop != StopLevel::kNone || command.stream < facts.first_stream) {
    return {kHold, HoldCause::kStopped, Verdict::kHeld};
  }
  if (facts.fault) return {kHold, HoldCause::kFault, Verdict::kHeld};
  if (facts.unprepared) return {kHold, HoldCause::kAdopted, Verdict::kHeld};
  if (facts.mode == Mode::kLimp || facts.mode == Mode::kUnknown) {
    return {kHold, HoldCause::kNone, Verdict::kHeld};
  }
  return {kFollow, HoldCause::kNone, Verdict::kApplied};
}

}  // namespace soarm
