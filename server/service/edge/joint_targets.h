#pragma once

#include <array>
#include <string_view>

#include <absl/status/statusor.h>
#include <google/protobuf/repeated_ptr_field.h>

#include "server/core/pose_store.h"
#include "server/core/robot.h"
#include "soarm/v1/motion.pb.h"

namespace soarm {

// Targets of one group in the control side's terms.
struct ResolvedTargets {
  const GroupInfo* group = nullptr;
  JointMask joints = 0;
  std::array<double, kMaxJoints> value{};  // rad or rad/s, bus order
  PerJoint<ClippedJoint> clips;            // what the conversion itself had to reduce
};

// What to do with a target outside a joint's limits: refuse it, or let the tick clip it.
enum class BeyondLimits : std::uint8_t { kRefuse, kPass };

// Where commands may send a joint, as the tick has it: its usable range, narrowed by the limits.
JointRange AllowedRange(const JointModel& joint, const JointLimits& limits);

using JointTargetList = google::protobuf::RepeatedPtrField<v1::JointTarget>;

// Joints by "NAME" or "GROUP/NAME". An empty `group` is the one that the targets name, or the only
// arm. All errors are INVALID_ARGUMENT and name joint, value and limit, save for UNKNOWN_GROUP.
//   UNKNOWN_JOINT, DUPLICATE_JOINT, TARGET_MISSING, NOT_A_NUMBER, NOT_A_GRIPPER, NOT_A_POSITION,
//   OUTSIDE_LIMITS, SEVERAL_GROUPS, GROUP_NEEDED
absl::StatusOr<ResolvedTargets> ResolveTargets(const Robot& robot, std::string_view group,
                                               const JointTargetList& targets, BeyondLimits beyond);

// A move's pose with its targets on top. Further errors: UNKNOWN_POSE, NOTHING_TO_DO.
absl::StatusOr<ResolvedTargets> ResolveMove(const Robot& robot, const PoseStore& poses,
                                            const v1::MoveToRequest& request);

// The joint called `joint` ("NAME" or "GROUP/NAME"; empty: all of the group); `value` is not set.
absl::StatusOr<ResolvedTargets> SelectJoints(const Robot& robot, std::string_view group,
                                             std::string_view joint);

}  // namespace soarm
