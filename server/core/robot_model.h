#pragma once

#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "server/core/joint.h"

namespace soarm {

// A group of joints that is leased and driven as one.
struct GroupModel {
  Name name;
  JointKind kind = JointKind::kPosition;
  Role role = Role::kUnknown;
  JointMask joints = 0;  // in the bus's list
};

// Limits of one joint, for every client and every mode.
struct JointLimits {
  double velocity_rad_s = 3.0;
  double acceleration_rad_s2 = 30.0;
  double margin_rad = 2.0 * kRadPerDeg;  // kept inside the calibrated range
  double torque_fraction = 1.0;          // of the servo's maximum
  // Narrow the calibrated range; never widen it.
  double lower_rad = -std::numeric_limits<double>::infinity();
  double upper_rad = std::numeric_limits<double>::infinity();
};

// The configured acceleration, or what the servo can follow if that is less: a target that is
// braked harder than its servo would be overshot.
double AccelerationLimit(const JointModel& joint, const JointLimits& limits) noexcept;

struct JointRange {
  double lower_rad = 0;
  double upper_rad = 0;
};

// Where a joint's servo lets targets be: its calibrated range less the margin, and clear of its
// encoder's seam. One point of the range where nothing else is left.
JointRange UsableRange(const JointModel& joint, const JointLimits& limits) noexcept;
// That as the configured limits narrow it: within it whatever they are. Where they leave nothing of
// it, the nearer end.
JointRange NarrowedRange(const JointRange& usable, const JointLimits& limits) noexcept;
bool LeavesRoom(const JointRange& usable, const JointLimits& limits) noexcept;

// What sits on one bus: names, ids and groups, before anything was read from it.
struct RobotModel {
  std::string_view name;  // "so101"
  PerJoint<JointModel> joints;
  PerJoint<JointLimits> limits;
  InlineVector<GroupModel, kMaxGroups> groups;
};

// "so101", "so101_leader", "so100", "so100_leader", "lekiwi"; nothing for any other name.
std::optional<RobotModel> FindRobotModel(std::string_view name);
std::span<const std::string_view> RobotModelNames();

}  // namespace soarm
