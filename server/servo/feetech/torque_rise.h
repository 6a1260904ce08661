#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>

#include "server/core/joint.h"
#include "server/servo/feetech/bus_context.h"

namespace soarm::servo::feetech {

inline constexpr Nanos kDeadTime = std::chrono::milliseconds(100);  // until a goal acts
inline constexpr int kPlayTicks = 20;  // moves by this much beside sag are the encoder's play

// Whether the torque limits of joints under torque may be raised: a joint that could not follow its
// goal with the torque that it had leaps there with more.
//
//   waits for                                            until
//   a goal further ahead than the present limit drives   it has been drawn in for the dead time
//   the goal before, which may still act                 the dead time since Start() is over
//   a profile that comes from another program's goal     it has had the time to arrive
//
// What is driven needs its torque now, and waits for the last only.
//
// Real time  every function.
class TorqueRise {
 public:
  void Start(const BusContext& bus) noexcept;
  // Sees whether goals are led on ahead of their joints; once a tick.
  void Watch(const BusContext& bus, JointMask joints) noexcept;
  // Those of `joints` that are to be waited for; `limits` is what registers 48 are to become.
  JointMask Waiting(const BusContext& bus, JointMask joints,
                    std::span<const std::int32_t> limits) noexcept;

 private:
  // Whether its goal is further ahead than its present torque limit can drive.
  bool IsWide(const BusContext& bus, std::size_t joint) const noexcept;

  MonoTime started_{};
  MonoTime led_at_{};       // a goal was last led away from its joint
  MonoTime narrow_from_{};  // nothing has been waited for since the dead time before that
  JointMask wide_ = 0;      // what was last
  std::array<std::int32_t, kMaxJoints> acting_{};  // goals when they were led or drawn in last
};

}  // namespace soarm::servo::feetech
