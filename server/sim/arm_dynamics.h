#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace soarm::sim {

inline constexpr std::size_t kArmJoints = 6;
using Vec3 = std::array<double, 3>;
using Mat3 = std::array<double, 9>;  // row-major

// Rigid-body figures of the SO-101 follower (zero pose of the "new calibration": upper arm up,
// forearm level). The SO-100 is built alike and simulated with the same figures.
//
// Units  base frame x forward, y left, z up, metres; angles in servo order.
// Not thread-safe: an evaluation reuses the object's own scratch space, without allocating.
class ArmDynamics {
 public:
  using Angles = std::span<const double, kArmJoints>;

  ArmDynamics();

  // Evaluates the pose; everything below speaks of the last one.
  void SetPose(Angles angles_rad) noexcept;

  // Torque each joint has to supply to hold the pose at rest.
  double HoldingTorque(std::size_t joint) const noexcept { return holding_nm_[joint]; }
  // Inertia of all that lies beyond the joint, about its axis; without the servo's own.
  double LinkInertia(std::size_t joint) const noexcept { return inertia_kg_m2_[joint]; }
  // The frame on the fixed jaw's inner face.
  Vec3 TipPosition() const noexcept;

 private:
  struct Frame {
    Mat3 rotation{};
    Vec3 position{};
  };
  std::array<Frame, kArmJoints> mounting_;  // of each joint's frame in its parent, at angle 0
  std::array<Frame, kArmJoints> frames_{};  // in the base
  std::array<double, kArmJoints> holding_nm_{};
  std::array<double, kArmJoints> inertia_kg_m2_{};
};

}  // namespace soarm::sim
