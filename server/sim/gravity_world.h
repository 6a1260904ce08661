#pragma once

#include <array>
#include <optional>
#include <vector>

#include "server/sim/arm_dynamics.h"
#include "server/sim/world.h"

namespace soarm::sim {

// One joint of a GravityWorld as it starts.
struct WorldJoint {
  JointMechanics mechanics;
  double start_rad = 0;
};

// The built-in world: each joint has its own inertia, friction and stops, and an arm's first six
// feel gravity. Joints do not shake each other (no coupling, no centrifugal terms), nothing
// collides but what Block() puts in the way.
//
// At the start every joint lies where it is, as an arm that rests on its table does; once
// energised and let go again it falls.
class GravityWorld final : public World {
 public:
  // With `arm` the first six joints are an arm's, in servo order.
  GravityWorld(const std::vector<WorldJoint>& joints, bool arm);

  std::size_t joint_count() const noexcept override { return joints_.size(); }
  std::size_t AddShaft(const JointMechanics& mechanics) override;
  void Step(std::span<const JointDrive> drives, std::span<JointMotion> motions) noexcept override;
  void MoveByHand(std::size_t joint, double angle_rad, Nanos over) noexcept override;
  void Release(std::size_t joint) noexcept override;
  void Block(std::size_t joint, std::optional<double> at_rad) noexcept override;
  void SetLoad(std::size_t joint, double torque_nm) noexcept override;

 private:
  struct Joint {
    JointMechanics mechanics;
    JointMotion motion;
    double load_nm = 0;
    double gravity_nm = 0;
    double link_inertia_kg_m2 = 0;
    std::optional<double> block_above_rad;
    std::optional<double> block_below_rad;
    // By hand: from -> to, `hand_step` of `hand_steps` done.
    bool held = true;
    double hand_from_rad = 0;
    double hand_to_rad = 0;
    int hand_step = 0;
    int hand_steps = 0;
  };

  void EvaluateArm() noexcept;
  static void StepFree(Joint& joint, double torque_nm) noexcept;
  static void StepHeld(Joint& joint) noexcept;

  std::vector<Joint> joints_;
  const bool arm_;
  ArmDynamics dynamics_;
  std::optional<std::array<double, kArmJoints>> evaluated_;  // the pose that dynamics_ has
};

}  // namespace soarm::sim
