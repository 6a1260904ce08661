#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "server/core/robot.h"

namespace soarm {

// The group called `name`. NOT_FOUND UNKNOWN_GROUP, with the groups there are.
absl::StatusOr<const GroupInfo*> FindGroup(const Robot& robot, std::string_view name);

// As FindGroup, but an empty name stands for the only group of `kind` that may be driven, or for
// the only one of `kind`. INVALID_ARGUMENT GROUP_NEEDED when several could be meant.
absl::StatusOr<const GroupInfo*> FindGroupOrOnly(const Robot& robot, std::string_view name,
                                                 JointKind kind);

// Empty: all groups, in the robot's order.
absl::StatusOr<std::vector<const GroupInfo*>> SelectGroups(const Robot& robot,
                                                           std::string_view name);

// "arm, base"
std::string GroupNames(const Robot& robot);

}  // namespace soarm
