#pragma once

#include <cstdint>

#include "server/core/actuator_bus.h"
#include "server/core/joint.h"
#include "server/core/state.h"

namespace soarm::control {

enum class MovePhase : std::uint8_t {
  kNone,
  kRunning,
  kDone,         // the target arrived and the joints came to rest
  kCancelled,    // by CancelMove
  kInterrupted,  // a newer move or a streamed command took over
  kStopped,
  kLeaseLost,
  kFault,
  kBlocked,  // a joint could not follow
  kPeer,     // a group leased together with this one cannot follow
  kBusLost,
  kTorqueOff,  // its torque was switched off
};

// The newest move of a group as of the last tick, in the plan's own time. Trivially copyable.
//
// Not the MoveProgress of server/core that a client hears: that is for moves that were asked for
// and go on, this also says which move it is and how it ended. MoveWatch makes the one of the
// other.
struct MoveState {
  std::uint64_t id = 0;  // rises with every move of the bus
  MovePhase phase = MovePhase::kNone;
  double elapsed_s = 0;   // of the plan
  double duration_s = 0;  // of the plan at speed scale 1
  JointIndex joint = 0;   // for kFault and kBlocked
  FaultSet faults{};      // kFault: that joint's, as the move ended
  double short_rad = 0;   // kBlocked: from where that joint stands to its target
};

// Why a move was not started.
enum class MoveRefusal : std::uint8_t {
  kNone,
  kNotTorqued,
  kStopped,
  kFault,
  kOutsideRange,
  kPeer,        // a group leased together with this one cannot follow
  kUnprepared,  // found under torque in a state that torque-on would refuse: see `why`
  kTooSlow,     // would take longer than a move may
};
struct MoveAnswer {
  MoveRefusal refusal = MoveRefusal::kNone;
  JointIndex joint = 0;
  FaultSet faults{};         // for kFault: that joint's
  double limit_rad = 0;      // for kOutsideRange: the end that was crossed
  double duration_s = 0;     // for kTooSlow
  BusOperationResult why{};  // for kUnprepared, once it is known
};
// No move may last longer, at speed scale 1.
inline constexpr double kLongestMove_s = 600;

}  // namespace soarm::control
