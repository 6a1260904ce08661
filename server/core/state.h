#pragma once

#include <cstdint>

#include "server/core/actuator_bus.h"
#include "server/core/joint.h"
#include "server/core/stop.h"

namespace soarm {

// Why a group is in its mode, when it did not get there by request.
enum class HoldCause : std::uint8_t {
  kNone,
  kAdopted,   // found torqued at start
  kTorqueOn,  // just enabled
  kExpired,   // the last command's validity ran out
  kLeaseLost,
  kReleased,  // the holder let go
  kStopped,
  kFault,  // a required joint is stale or faulty; `joint` names it
  kMoveDone,
  kPeer,           // a group leased together with this one cannot follow
  kMoveCancelled,  // by its caller, or because that is gone
  kMoveBlocked,    // a joint did not follow the move
};

// A group as of the last tick.
struct GroupState {
  Mode mode = Mode::kUnknown;
  HoldCause cause = HoldCause::kNone;
  JointIndex joint = 0;                // for kFault
  std::uint64_t command_sequence = 0;  // of the command behind `requested`; 0 = none
  StopLevel stop = StopLevel::kNone;
};

struct JointState {
  JointSample sample;
  double requested = 0;  // rad or rad/s: what a client or a plan asked for
  double applied = 0;    // rad or rad/s: after limits
};

// Everything a tick publishes; one per bus. Trivially copyable.
struct BusState {
  std::uint64_t tick = 0;       // counts periods since the cycle started, skipped ones included
  MonoTime tick_at{};           // when this tick was due
  bool open = false;            // the bus answers
  bool late = false;            // the last exchange got no byte at all
  AdapterState adapter{};       // what lies before the bus, where it is slow
  PerJoint<JointState> joints;  // bus order
  InlineVector<GroupState, kMaxGroups> groups;

  // Accounting since the start.
  std::uint64_t ticks_run = 0;
  std::uint64_t ticks_missed = 0;  // whole periods skipped by overruns
  std::uint64_t ticks_paused = 0;  // nothing was asked, because a servo was writing its flash
  std::uint64_t answers_missed = 0;
  std::uint64_t answers_corrupt = 0;
  std::uint64_t answers_discarded = 0;  // late answers of earlier requests
  std::uint64_t bus_late = 0;
  std::uint64_t foreign_bytes = 0;
  std::uint32_t opens = 0;
  std::int64_t lateness_ns = 0;  // of this tick's wake-up
  std::int64_t body_ns = 0;      // CPU part of this tick: all but sleeping and the wire
};

// What the bus carries, read when it was opened. Changes only with BusState::opens.
struct BusDescription {
  PerJoint<JointModel> joints;
};

}  // namespace soarm
