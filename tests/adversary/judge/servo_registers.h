#pragma once

namespace soarm::adversary {

// Addresses of the registers that the judge knows: read from the maker's table, not from the
// daemon.
inline constexpr int kFirstRange = 9, kLastRange = 12, kMaxTorque = 16, kPhase = 18;
inline constexpr int kFirstOffset = 30, kLastOffset = 32, kMode = 33;
inline constexpr int kFirstWorking = 40;  // torque enable; what is below is stored
inline constexpr int kAcceleration = 41, kGoal = 42, kGoalSpeed = 46, kTorqueLimit = 48;

}  // namespace soarm::adversary
