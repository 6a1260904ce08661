#pragma once

#include <cstdint>
#include <string_view>

namespace soarm {

// What a group of joints is doing; docs/stop.md has the table of what each joint receives.
enum class Mode : std::uint8_t {
  kUnknown,   // the bus is not open, nothing is known
  kLimp,      // torque off, goals never written
  kHold,      // at rest under torque
  kSoftHold,  // as kHold at a reduced torque limit
  kFollow,    // a lease holder's fresh commands, after limits
  kMove,      // a planned trajectory
};

// "LIMP", "HOLD", ...
std::string_view ModeName(Mode mode);

// Whether somebody else's wish moves the joints.
constexpr bool IsDriven(Mode mode) noexcept { return mode == Mode::kFollow || mode == Mode::kMove; }

// POSITION joints are driven to an angle, VELOCITY joints (wheels) at a speed.
enum class JointKind : std::uint8_t { kPosition, kVelocity };

// Who may be driven. Leader and follower look alike on the wire, so roles are told, not guessed.
enum class Role : std::uint8_t {
  kUnknown,  // read-only
  kFollower,
  kLeader,  // read-only
  kLeaderActuated,
  kBase,
};
std::string_view RoleName(Role role);

constexpr bool IsWritable(Role role) noexcept {
  return role == Role::kFollower || role == Role::kLeaderActuated || role == Role::kBase;
}

}  // namespace soarm
