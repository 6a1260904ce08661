#pragma once

#include "server/control/goal_source.h"

namespace soarm::control {

// FOLLOW: the newest command of a stream, each joint by the one that named it last, as long as that
// is valid and its stream open.
class StreamSource final : public GoalSource {
 public:
  // `hold_after`: a holder that is silent for longer is taken for gone.
  void Configure(Nanos hold_after) noexcept { hold_after_ = hold_after; }
  // The gate let it pass. `begins`: what earlier commands said is over.
  void Take(const GroupCommand& command, bool begins) noexcept;

  Mode mode() const noexcept override { return Mode::kFollow; }
  std::optional<HoldCause> Keep(const SourceTick& tick) noexcept override;
  void Advance(const SourceTick& /*tick*/) noexcept override {}
  std::optional<Wish> WishFor(std::size_t joint, const TargetLimits& limits,
                              const SourceTick& tick) const noexcept override;
  void End(const SourceEnd& /*end*/) noexcept override {}

 private:
  struct Target {
    double value = 0;  // rad or rad/s
    MonoTime until{};
    std::uint64_t stream = 0;
  };
  std::array<Target, kMaxJoints> targets_{};
  GroupCommand current_;
  Nanos hold_after_{};
};

// The facts by which the gate judges `command` for a group with these joints.
CommandFacts FactsOf(const GroupCommand& command, JointMask joints) noexcept;

}  // namespace soarm::control
