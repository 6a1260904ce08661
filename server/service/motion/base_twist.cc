#include "server/service/motion/base_twist.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "server/service/edge/errors.h"
#include "server/service/edge/groups.h"

namespace soarm {
namespace {

constexpr double kWheelRadius_m = 0.05;
constexpr double kBaseRadius_m = 0.125;
constexpr std::array<double, 3> kWheelAngles_rad = {150 * kRadPerDeg, -90 * kRadPerDeg,
                                                    30 * kRadPerDeg};
constexpr std::array<std::string_view, 3> kWheels = {"left_wheel", "back_wheel", "right_wheel"};

}  // namespace

std::array<double, 3> WheelSpeeds(double linear_x_m_s, double linear_y_m_s, double angular_rad_s) {
  std::array<double, 3> speeds{};
  for (std::size_t i = 0; i < speeds.size(); ++i) {
    const double rim_m_s = std::cos(kWheelAngles_rad[i]) * linear_x_m_s +
                           std::sin(kWheelAngles_rad[i]) * linear_y_m_s +
                           kBaseRadius_m * angular_rad_s;
    speeds[i] = rim_m_s / kWheelRadius_m;
  }
  return speeds;
}

absl::StatusOr<ResolvedTargets> ResolveTwist(const Robot& robot, std::string_view group,
                                             const v1::BaseTwist& twist) {
  const absl::StatusOr<const GroupInfo*> found =
      FindGroupOrOnly(robot, group, JointKind::kVelocity);
  if (!found.ok()) return found.status();
  const GroupInfo& base = **found;
  const std::array<double, 3> speeds =
      WheelSpeeds(twist.linear_x_m_s(), twist.linear_y_m_s(), twist.angular_rad_s());
  for (const double speed : speeds) {
    if (!std::isfinite(speed)) {
      return Refuse(absl::StatusCode::kInvalidArgument, "NOT_A_NUMBER", base.name,
                    "The twist is not finite.", "Send finite numbers.");
    }
  }
  const BusDescription description = robot.Description(base.bus);
  const std::span<const JointLimits> limits = robot.Limits(base.bus);
  ResolvedTargets resolved;
  resolved.group = &base;
  double scale = 1;
  for (std::size_t wheel = 0; wheel < kWheels.size(); ++wheel) {
    for (std::size_t i = 0; i < description.joints.size() && i < limits.size(); ++i) {
      if ((base.joints & MaskOf(i)) == 0 || description.joints[i].name != kWheels[wheel]) continue;
      resolved.joints |= MaskOf(i);
      resolved.value[i] = speeds[wheel];
      const double fastest = limits[i].velocity_rad_s;
      if (std::abs(speeds[wheel]) > fastest)
        scale = std::min(scale, fastest / std::abs(speeds[wheel]));
    }
  }
  if (std::popcount(resolved.joints) != static_cast<int>(kWheels.size())) {
    return Refuse(absl::StatusCode::kInvalidArgument, "NOT_A_BASE", base.name,
                  "Group " + base.name + " is not a base with three wheels.",
                  "Send joint targets to an arm, twists to a base.");
  }
  if (scale == 1) return resolved;
  for (std::size_t i = 0; i < kMaxJoints; ++i) {
    if ((resolved.joints & MaskOf(i)) == 0) continue;
    const double requested = resolved.value[i];
    resolved.value[i] *= scale;
    resolved.clips.push_back(
        {static_cast<JointIndex>(i), ClipKind::kVelocity, requested, resolved.value[i]});
  }
  return resolved;
}

}  // namespace soarm
