#include "server/sim/arm_dynamics.h"

#include <cmath>

namespace soarm::sim {
namespace {

constexpr double kGravity = 9.81;
// The gripper frame's origin in the frame of the roll joint.
constexpr Vec3 kTipInGripper = {-0.0079, -0.000218121, -0.0981274};
constexpr std::size_t kTipJoint = 4;

struct LinkFigures {
  Vec3 xyz_m;    // joint frame in the parent's
  Vec3 rpy_rad;  // as printed in the robot's URDF, six digits
  double mass_kg;
  Vec3 centre_m;                        // of mass, in the link's frame
  double ixx, iyy, izz, ixy, ixz, iyz;  // kg m2, about the centre of mass
};

constexpr std::array<LinkFigures, kArmJoints> kLinks = {{
    {{0.0388353, 0, 0.0624},
     {3.14159, 0, -3.14159},
     0.100006,
     {-0.030760, -0.000017, -0.025271},
     83.759e-6,
     81.040e-6,
     23.978e-6,
     0.076e-6,
     -1.163e-6,
     0.155e-6},
    {{-0.0303992, -0.0182778, -0.0542},
     {-1.5708, -1.5708, 0},
     0.103,
     {-0.089847, -0.008382, 0.018409},
     40.800e-6,
     147.318e-6,
     142.487e-6,
     -19.782e-6,
     -0.040e-6,
     0.009e-6},
    {{-0.11257, -0.028, 0},
     {0, 0, 1.5708},
     0.104,
     {-0.098070, 0.003244, 0.018283},
     28.744e-6,
     159.844e-6,
     145.290e-6,
     7.412e-6,
     1.264e-6,
     -0.049e-6},
    {{-0.1349, 0.0052, 0},
     {0, 0, -1.5708},
     0.079,
     {-0.000103, -0.038614, 0.028116},
     36.826e-6,
     25.391e-6,
     21.000e-6,
     0.018e-6,
     -0.053e-6,
     3.641e-6},
    {{0, -0.0611, 0.0181},
     {1.5708, 0.0486795, 3.14159},
     0.087,
     {0.000214, 0.000245, -0.025187},
     27.509e-6,
     43.366e-6,
     34.506e-6,
     -0.335e-6,
     -5.735e-6,
     -0.052e-6},
    {{0.0202, 0.0188, -0.0234},
     {1.5708, 0, 0},
     0.012,
     {-0.001575, -0.030024, 0.019276},
     6.614e-6,
     1.890e-6,
     5.287e-6,
     -0.320e-6,
     -0.006e-6,
     -0.110e-6},
}};

Mat3 FromRpy(const Vec3& rpy) {
  const double cr = std::cos(rpy[0]), sr = std::sin(rpy[0]);
  const double cp = std::cos(rpy[1]), sp = std::sin(rpy[1]);
  const double cy = std::cos(rpy[2]), sy = std::sin(rpy[2]);
  return {cy * cp,
          cy * sp * sr - sy * cr,
          cy * sp * cr + sy * sr,
          sy * cp,
          sy * sp * sr + cy * cr,
          sy * sp * cr - cy * sr,
          -sp,
          cp * sr,
          cp * cr};
}

Mat3 Multiply(const Mat3& a, const Mat3& b) noexcept {
  Mat3 out{};
  for (std::size_t r = 0; r < 3; ++r) {
    for (std::size_t c = 0; c < 3; ++c) {
      out[3 * r + c] = a[3 * r] * b[c] + a[3 * r + 1] * b[3 + c] + a[3 * r + 2] * b[6 + c];
    }
  }
  return out;
}

Vec3 Apply(const Mat3& m, const Vec3& v) noexcept {
  return {m[0] * v[0] + m[1] * v[1] + m[2] * v[2], m[3] * v[0] + m[4] * v[1] + m[5] * v[2],
          m[6] * v[0] + m[7] * v[1] + m[8] * v[2]};
}

Vec3 ApplyTransposed(const Mat3& m, const Vec3& v) noexcept {
  return {m[0] * v[0] + m[3] * v[1] + m[6] * v[2], m[1] * v[0] + m[4] * v[1] + m[7] * v[2],
          m[2] * v[0] + m[5] * v[1] + m[8] * v[2]};
}

Vec3 Add(const Vec3& a, const Vec3& b) noexcept { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }
Vec3 Subtract(const Vec3& a, const Vec3& b) noexcept {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}
double Dot(const Vec3& a, const Vec3& b) noexcept {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

// A turn about the frame's own z, applied after `m`.
Mat3 TurnZ(const Mat3& m, double angle) noexcept {
  const double c = std::cos(angle), s = std::sin(angle);
  Mat3 out = m;
  for (std::size_t r = 0; r < 3; ++r) {
    out[3 * r] = m[3 * r] * c + m[3 * r + 1] * s;
    out[3 * r + 1] = m[3 * r + 1] * c - m[3 * r] * s;
  }
  return out;
}

}  // namespace

ArmDynamics::ArmDynamics() {
  for (std::size_t i = 0; i < kArmJoints; ++i) {
    mounting_[i] = {FromRpy(kLinks[i].rpy_rad), kLinks[i].xyz_m};
  }
}

void ArmDynamics::SetPose(Angles angles_rad) noexcept {
  std::array<Vec3, kArmJoints> centres;
  std::array<Vec3, kArmJoints> axes;
  for (std::size_t i = 0; i < kArmJoints; ++i) {
    Frame frame = mounting_[i];
    if (i > 0) {
      const Frame& parent = frames_[i - 1];
      frame.position = Add(parent.position, Apply(parent.rotation, frame.position));
      frame.rotation = Multiply(parent.rotation, frame.rotation);
    }
    axes[i] = {frame.rotation[2], frame.rotation[5], frame.rotation[8]};
    frame.rotation = TurnZ(frame.rotation, angles_rad[i]);
    centres[i] = Add(frame.position, Apply(frame.rotation, kLinks[i].centre_m));
    frames_[i] = frame;
  }
  for (std::size_t i = 0; i < kArmJoints; ++i) {
    double torque = 0;
    double inertia = 0;
    for (std::size_t k = i; k < kArmJoints; ++k) {
      const LinkFigures& link = kLinks[k];
      const Vec3 arm = Subtract(centres[k], frames_[i].position);
      // Weight (0, 0, -m g) at `arm`: its moment is -m g (y, -x, 0); the joint supplies the
      // opposite.
      torque += link.mass_kg * kGravity * (arm[1] * axes[i][0] - arm[0] * axes[i][1]);
      const double along = Dot(arm, axes[i]);
      const Vec3 a = ApplyTransposed(frames_[k].rotation, axes[i]);
      inertia += link.mass_kg * (Dot(arm, arm) - along * along) + link.ixx * a[0] * a[0] +
                 link.iyy * a[1] * a[1] + link.izz * a[2] * a[2] +
                 2 * (link.ixy * a[0] * a[1] + link.ixz * a[0] * a[2] + link.iyz * a[1] * a[2]);
    }
    holding_nm_[i] = torque;
    inertia_kg_m2_[i] = inertia;
  }
}

Vec3 ArmDynamics::TipPosition() const noexcept {
  const Frame& frame = frames_[kTipJoint];
  return Add(frame.position, Apply(frame.rotation, kTipInGripper));
}

}  // namespace soarm::sim
