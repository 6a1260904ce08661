#include "server/sim/gravity_world.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace soarm::sim {
namespace {

constexpr double kStepSeconds = ToSeconds(World::kStep);
// Friction that grows with the transmitted torque needs turning gears: it is in full force above
// this speed. At rest the teeth creep, and only the constant part holds.
constexpr double kLoadFrictionSpeed_rad_s = 0.05;

double Inside(double angle, std::optional<double> lower, std::optional<double> upper) {
  if (lower && angle < *lower) return *lower;
  if (upper && angle > *upper) return *upper;
  return angle;
}

}  // namespace

GravityWorld::GravityWorld(const std::vector<WorldJoint>& joints, bool arm) : arm_(arm) {
  for (const WorldJoint& start : joints) {
    Joint joint;
    joint.mechanics = start.mechanics;
    joint.motion.angle_rad = start.start_rad;
    joint.hand_from_rad = joint.hand_to_rad = start.start_rad;
    joint.held = arm;
    joints_.push_back(joint);
  }
}

std::size_t GravityWorld::AddShaft(const JointMechanics& mechanics) {
  Joint joint;
  joint.mechanics = mechanics;
  joint.held = false;
  joints_.push_back(joint);
  return joints_.size() - 1;
}

void GravityWorld::Step(std::span<const JointDrive> drives,
                        std::span<JointMotion> motions) noexcept {
  if (arm_) EvaluateArm();
  for (std::size_t i = 0; i < joints_.size(); ++i) {
    Joint& joint = joints_[i];
    if (drives[i].energised) joint.held = false;
    joint.held ? StepHeld(joint) : StepFree(joint, drives[i].torque_nm);
    motions[i] = joint.motion;
  }
}

void GravityWorld::EvaluateArm() noexcept {
  std::array<double, kArmJoints> angles;
  for (std::size_t i = 0; i < kArmJoints; ++i) angles[i] = joints_[i].motion.angle_rad;
  if (evaluated_ == angles) return;  // an arm at rest
  evaluated_ = angles;
  dynamics_.SetPose(angles);
  for (std::size_t i = 0; i < kArmJoints; ++i) {
    joints_[i].gravity_nm = -dynamics_.HoldingTorque(i);
    joints_[i].link_inertia_kg_m2 = dynamics_.LinkInertia(i);
  }
}

void GravityWorld::StepFree(Joint& joint, double torque_nm) noexcept {
  const JointMechanics& body = joint.mechanics;
  const double inertia = body.inertia_kg_m2 + joint.link_inertia_kg_m2;
  double& speed = joint.motion.speed_rad_s;
  const double turning = std::min(1.0, std::abs(speed) / kLoadFrictionSpeed_rad_s);
  const double friction = body.coulomb_nm + body.load_friction * std::abs(torque_nm) * turning;

  speed += (torque_nm + joint.gravity_nm + joint.load_nm) / inertia * kStepSeconds;
  speed /= 1.0 + body.viscous_nm_s / inertia * kStepSeconds;
  // Friction takes speed away and never turns it round; what is below its reach sticks.
  const double reach = friction / inertia * kStepSeconds;
  speed = std::abs(speed) <= reach ? 0 : speed - std::copysign(reach, speed);

  const double wanted = joint.motion.angle_rad + speed * kStepSeconds;
  double angle = Inside(wanted, body.lower_stop_rad, body.upper_stop_rad);
  angle = Inside(angle, joint.block_below_rad, joint.block_above_rad);
  if (angle != wanted) speed = 0;
  joint.motion.angle_rad = angle;
}

void GravityWorld::StepHeld(Joint& joint) noexcept {
  const double before = joint.motion.angle_rad;
  if (joint.hand_step < joint.hand_steps) ++joint.hand_step;
  const double x =
      joint.hand_steps == 0 ? 1.0 : static_cast<double>(joint.hand_step) / joint.hand_steps;
  const double smooth = x * x * x * (10 - 15 * x + 6 * x * x);  // starts and ends at rest
  const double wanted = joint.hand_from_rad + (joint.hand_to_rad - joint.hand_from_rad) * smooth;
  joint.motion.angle_rad = Inside(wanted, joint.block_below_rad, joint.block_above_rad);
  joint.motion.speed_rad_s = (joint.motion.angle_rad - before) / kStepSeconds;
}

void GravityWorld::MoveByHand(std::size_t index, double angle_rad, Nanos over) noexcept {
  Joint& joint = joints_[index];
  joint.held = true;
  joint.hand_from_rad = joint.motion.angle_rad;
  joint.hand_to_rad =
      Inside(angle_rad, joint.mechanics.lower_stop_rad, joint.mechanics.upper_stop_rad);
  joint.hand_step = 0;
  joint.hand_steps = static_cast<int>(std::max<std::int64_t>(0, over / kStep));
}

void GravityWorld::Release(std::size_t joint) noexcept { joints_[joint].held = false; }

void GravityWorld::Block(std::size_t index, std::optional<double> at_rad) noexcept {
  Joint& joint = joints_[index];
  joint.block_above_rad.reset();
  joint.block_below_rad.reset();
  if (!at_rad) return;
  (*at_rad >= joint.motion.angle_rad ? joint.block_above_rad : joint.block_below_rad) = at_rad;
}

void GravityWorld::SetLoad(std::size_t joint, double torque_nm) noexcept {
  joints_[joint].load_nm = torque_nm;
}

}  // namespace soarm::sim
