#pragma once

#include "server/control/goal_source.h"
#include "server/control/move.h"
#include "server/control/trajectory.h"

namespace soarm::control {

// MOVE: a plan from where the joints are to where they are wanted, in a time of its own: that waits
// for a joint that is behind, and passes as slowly as the speed scale says.
class PlanSource final : public GoalSource {
 public:
  // Who asked for it, as it was then.
  struct Asked {
    std::uint64_t id = 0;
    std::uint64_t fence = 0;
    std::uint64_t stops = 0;  // GroupAuthority's count
  };
  // From where each joint's target comes from. What is refused leaves the running move as it is.
  MoveAnswer Begin(const MoveGoal& goal, const Asked& asked, JointMask joints,
                   const std::array<TargetState, kMaxJoints>& from,
                   const std::array<TargetLimits, kMaxJoints>& limits, double speed_scale) noexcept;
  // By who asked for it.
  void Cancel() noexcept { EndAs(MovePhase::kCancelled); }
  bool IsRunning() const noexcept { return state_.phase == MovePhase::kRunning; }
  // The newest one's.
  const MoveState& state() const noexcept { return state_; }
  // How the last one ended outlives what else is forgotten: a watcher may still want to read it.
  void Forget() noexcept;

  Mode mode() const noexcept override { return Mode::kMove; }
  std::optional<HoldCause> Keep(const SourceTick& tick) noexcept override;
  void Advance(const SourceTick& tick) noexcept override;
  std::optional<Wish> WishFor(std::size_t joint, const TargetLimits& limits,
                              const SourceTick& tick) const noexcept override;
  void End(const SourceEnd& end) noexcept override;

 private:
  void EndAs(MovePhase phase, JointIndex joint = 0) noexcept;
  std::optional<HoldCause> EndBlocked(const SourceTick& tick) noexcept;
  // From where a joint of the move stands to where that ends.
  double ShortOf(std::size_t joint, const SourceTick& tick) const noexcept;

  Trajectory plan_;
  MoveState state_;
  Asked asked_;
  std::array<double, kMaxJoints> near_rad_{};
  double rate_ = 1;         // plan seconds per second, by the speed scale
  double flow_ = 1;         // share of that which passes; 0: waits for a joint
  double stuck_s_ = 0;      // how long the plan has been waiting for a joint
  double settling_s_ = 0;   // since the target arrived
  JointIndex slowest_ = 0;  // the joint furthest behind the plan
};

}  // namespace soarm::control
