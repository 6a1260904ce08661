#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "common/time/clock.h"

namespace soarm::sim {

// What a servo puts into its joint for the next millisecond.
struct JointDrive {
  double torque_nm = 0;    // electromagnetic, at the output shaft
  bool energised = false;  // torque is on: a hand lets go
};

struct JointMotion {
  double angle_rad = 0;
  double speed_rad_s = 0;
};

// Gears and motor as the joint feels them, at the output shaft.
struct JointMechanics {
  double inertia_kg_m2 = 0.026;  // rotor through the gears
  double coulomb_nm = 0.05;      // holds at rest
  double viscous_nm_s = 0.02;
  double load_friction = 0.20;           // share of the transmitted torque lost while turning
  std::optional<double> lower_stop_rad;  // hard stops; none: turns freely
  std::optional<double> upper_stop_rad;
};

// What the joints of one robot feel. Another physics engine is one more implementation of this.
//
// Threads    none of its own; the bus model calls it, one call at a time.
// Units      SI at the output shafts; time is simulated and advances by kStep per Step().
class World {
 public:
  static constexpr Nanos kStep = std::chrono::milliseconds(1);

  virtual ~World() = default;

  virtual std::size_t joint_count() const noexcept = 0;
  // A shaft that belongs to no robot: a servo lying on the table. Its index is the answer.
  virtual std::size_t AddShaft(const JointMechanics& mechanics) = 0;
  // One millisecond. Both spans have joint_count() entries.
  virtual void Step(std::span<const JointDrive> drives,
                    std::span<JointMotion> motions) noexcept = 0;

  // Moves a joint by hand to `angle_rad` (inside its stops), taking `over`, and keeps it there
  // until torque comes on or Release().
  virtual void MoveByHand(std::size_t joint, double angle_rad, Nanos over) noexcept = 0;
  virtual void Release(std::size_t joint) noexcept = 0;
  // An object in the way: the joint cannot pass `at_rad` from the side it is on now. Nothing
  // takes it away.
  virtual void Block(std::size_t joint, std::optional<double> at_rad) noexcept = 0;
  // An outside torque, positive in the joint's positive direction.
  virtual void SetLoad(std::size_t joint, double torque_nm) noexcept = 0;
};

}  // namespace soarm::sim
