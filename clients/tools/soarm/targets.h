#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "soarm/v1/motion.pb.h"
#include "soarm/v1/state.pb.h"

namespace soarm::cli {

// One TARGET of `soarm move`, as typed: "left_arm/elbow_flex=+10deg".
struct Target {
  enum class Unit { kRad, kRaw, kOpening };
  std::string group;  // empty: not named
  std::string joint;
  Unit unit = Unit::kRad;
  double value = 0.0;     // rad, ticks, or 0..1
  bool relative = false;  // to where the joint is
};

struct Targets {
  std::vector<Target> joints;
  std::string pose;        // at most one
  std::string pose_group;  // empty: not named
};

// "GROUP/NAME" or "NAME"; a slash with nothing on one of its sides is BAD_TARGET, which says what
// is missing: `kind` ("joint or pose").
struct QualifiedName {
  std::string group;  // empty: not named
  std::string name;
};
absl::StatusOr<QualifiedName> ParseName(const std::string& text, const std::string& kind);

// Reads TARGETs. A number without a unit is refused with the right form: radians, degrees and
// ticks are all plausible, and a wrong guess moves an arm.
//   JOINT=30deg  JOINT=0.5rad  JOINT=2048raw  JOINT=50%    there
//   JOINT=+10deg  JOINT=+-10deg                            from where it is
//   NAME                                                   a pose
// All may be prefixed with GROUP/.
//   kInvalidArgument BAD_TARGET, NO_UNIT, DUPLICATE_TARGET
absl::StatusOr<Targets> ParseTargets(const std::vector<std::string>& texts);

// What goes to the daemon. A relative target starts from the goal while the joint holds one, so
// that repeated steps do not add up the sag under load; from the measured position otherwise.
v1::JointTarget ToJointTarget(const Target& target, const v1::JointState& now);

}  // namespace soarm::cli
