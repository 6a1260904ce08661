#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "server/control/group_input.h"
#include "server/core/mode.h"
#include "server/core/state.h"
#include "server/safety/gate.h"
#include "server/safety/limits.h"

namespace soarm::control {

// What a source may know in one tick, beside what it was given.
struct SourceTick {
  const GroupInput& input;
  JointMask joints = 0;  // the group's
  GateFacts gate;
  const GroupAuthority& authority;
  LeaseWords lease;
  Nanos silence{};                               // since the holder's last sign of life
  std::array<double, kMaxJoints> applied_rad{};  // where the targets were left by the last tick
};

// What one joint is to do in this tick; limits come after.
struct Wish {
  double target = 0;             // rad; rad/s of a wheel
  double speed_limit_rad_s = 0;  // of a position joint's target, beneath the joint's own limit
  Approach approach = Approach::kStopAtRequest;
};

// How a source's turn ends.
struct SourceEnd {
  enum class By : std::uint8_t {
    kHold,     // the group holds, or goes limp: see `cause`
    kNewer,    // another source takes over
    kBusLost,  // what the joints do is not known any more
  };
  By by = By::kHold;
  HoldCause cause = HoldCause::kNone;
  JointIndex joint = 0;  // for kFault
  FaultSet faults{};     // likewise
};

// What moves a group: a stream of commands or a planned move. A group has at most one at a time;
// GroupControl begins and ends it, asks it in every tick, and limits what it says. It does not know
// which one it is, but where one begins.
//
// A source decides nothing about safety but whether it may go on: whoever asked for it is still the
// holder, no stop came, and what it was told is still valid. Faults, stops of whole groups and the
// limits of joints are GroupControl's.
//
// Threads    the cycle's.
// Real time  all of it: no heap, no lock, no exception.
class GoalSource {
 public:
  virtual ~GoalSource() = default;
  // What a group is in that this source drives.
  virtual Mode mode() const noexcept = 0;
  // At the beginning of a tick: nothing while it may go on, else why the group is to hold.
  virtual std::optional<HoldCause> Keep(const SourceTick& tick) noexcept = 0;
  // Its own time passes: once a tick, after Keep().
  virtual void Advance(const SourceTick& tick) noexcept = 0;
  // After Advance(). Nothing: the joint is held like those of a group that nobody drives.
  virtual std::optional<Wish> WishFor(std::size_t joint, const TargetLimits& limits,
                                      const SourceTick& tick) const noexcept = 0;
  // Its turn is over, also after Keep() said so.
  virtual void End(const SourceEnd& end) noexcept = 0;
};

}  // namespace soarm::control
