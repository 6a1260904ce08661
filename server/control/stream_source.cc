#include "server/control/stream_source.h"

#include <cmath>

#include "server/core/bypass.h"

namespace soarm::control {

CommandFacts FactsOf(const GroupCommand& command, JointMask joints) noexcept {
  CommandFacts facts;
  facts.finite = command.joints != 0 && (command.joints & ~joints) == 0;
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    if ((command.joints & MaskOf(i)) != 0 && !std::isfinite(command.target[i])) {
      facts.finite = false;
    }
  }
  facts.stream = command.stream;
  facts.epoch = command.epoch;
  facts.fence = command.fence;
  facts.received_at = command.received_at;
  facts.not_after = command.not_after;
  return facts;
}

void StreamSource::Take(const GroupCommand& command, bool begins) noexcept {
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    if ((command.joints & MaskOf(i)) != 0) {
      targets_[i] = {
          .value = command.target[i], .until = command.not_after, .stream = command.stream};
    } else if (begins) {
      targets_[i] = {};
    }
  }
  current_ = command;
}

std::optional<HoldCause> StreamSource::Keep(const SourceTick& tick) noexcept {
  const GateDecision decision = DecideGate(FactsOf(current_, tick.joints), tick.gate);
  if (decision.action != GateAction::kFollow) return decision.cause;
  const bool heard = tick.input.streams->IsOpen(current_.stream) && tick.silence <= hold_after_;
  return heard ? std::nullopt : std::optional(HoldCause::kExpired);
}

std::optional<Wish> StreamSource::WishFor(std::size_t joint, const TargetLimits& limits,
                                          const SourceTick& tick) const noexcept {
  const Target& target = targets_[joint];
  const bool valid = tick.input.now <= target.until && tick.input.streams->IsOpen(target.stream);
  if (!valid && !IsGateOff()) return std::nullopt;
  return Wish{.target = target.value,
              .speed_limit_rad_s = tick.lease.speed_scale * limits.velocity_rad_s,
              .approach = Approach::kStopAtRequest};
}

}  // namespace soarm::control
