#pragma once

#include <cstdint>
#include <span>

#include "server/control/authority.h"
#include "server/core/command.h"
#include "server/core/joint.h"

namespace soarm::control {

// What one group sees of the world in one tick.
struct GroupInput {
  MonoTime now{};
  MonoTime sampled_by{};  // when the exchange behind `samples` began
  double dt_s = 0;
  double paused_s = 0;  // no tick ran meanwhile, beside dt_s: this process stood still
  std::uint64_t tick = 0;
  std::span<const JointSample> samples;  // of the last exchange, whole bus
  std::uint64_t epoch = 0;
  const Authority* streams = nullptr;     // says which are open
  Ability peers = Ability::kAble;         // the worst of the groups leased together with this one
  JointMask enabling = 0;                 // joints whose torque an operation is just switching on
  JointMask releasing = 0;                // ... or off, or has not confirmed off yet
  const GroupCommand* command = nullptr;  // new in this tick, or none
};

}  // namespace soarm::control
