#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "clients/cpp/lease.h"
#include "tests/system/programs.h"

namespace soarm::test {

inline constexpr std::int64_t kMilli_ns = 1'000'000;
// Servos of an arm, by what they move.
inline constexpr std::uint32_t kPan = 1;
inline constexpr std::uint32_t kLift = 2;
inline constexpr std::uint32_t kGripper = 6;
inline constexpr double kSpeedLimit_rad_s = 3.0;  // by default, of all joints but the gripper
// From the end of what is followed to standing still: braking from 3 rad/s at 30 rad/s2 takes
// 100 ms; a tick; and ticks that a busy machine loses, in which targets do not move either.
inline constexpr std::int64_t kBraking_ns = (100 + 5 + 140) * kMilli_ns;
// How far the goal goes meanwhile, with some packets that were on their way.
inline constexpr double kBraking_rad = 0.15 + 0.1;

// Takes a lease on everything that may be driven and turns torque on; the lease lives as long as
// what is returned. A failed test and null when either is refused.
std::unique_ptr<client::Lease> Energise(client::Connection& connection,
                                        v1::LeaseClass lease_class = v1::TELEOP);

// A daemon whose only arm, simulated in a process of its own, holds still under
// torque.
struct HeldArm {
  explicit HeldArm(v1::LeaseClass lease_class = v1::TELEOP);
  // False after a failed test: then nothing else is to be used.
  bool ready() const { return lease != nullptr; }
  client::Connection& connection() { return daemon.connection(); }
  client::Connection& simulator() { return sim.connection(); }

  TemporaryFolder folder;
  RunningSim sim{folder};
  RunningDaemon daemon{folder, {"--port", sim.link()}};
  std::unique_ptr<client::Lease> lease;
};

// Waits until the simulator's clock is past `time_ns`.
void WaitUntil(client::Connection& simulator, std::int64_t time_ns);

// The joint's angle in the simulated world.
double AngleOf(client::Connection& simulator, std::uint32_t servo);

// The truth about every servo, by id.
std::map<std::uint32_t, sim::ServoTruth> ServosOf(client::Connection& simulator);

// One joint's target in radians.
v1::JointTargets Target(const std::string& joint, double position_rad);

}  // namespace soarm::test
