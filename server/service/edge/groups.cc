#include "server/service/edge/groups.h"

#include "common/base/clean_text.h"
#include "server/service/edge/errors.h"

namespace soarm {

std::string GroupNames(const Robot& robot) {
  std::string names;
  for (const GroupInfo& group : robot.groups()) {
    if (!names.empty()) names += ", ";
    names += group.name;
  }
  return names;
}

absl::StatusOr<const GroupInfo*> FindGroup(const Robot& robot, std::string_view name) {
  for (const GroupInfo& group : robot.groups()) {
    if (group.name == name) return &group;
  }
  const std::string names = GroupNames(robot);
  return Refuse(absl::StatusCode::kNotFound, "UNKNOWN_GROUP", "",
                "There is no group " + Shown(name) + "; there is: " + names + ".",
                "Use one of the groups named.", {{"groups", names}});
}

absl::StatusOr<const GroupInfo*> FindGroupOrOnly(const Robot& robot, std::string_view name,
                                                 JointKind kind) {
  if (!name.empty()) return FindGroup(robot, name);
  std::vector<const GroupInfo*> drivable;
  std::vector<const GroupInfo*> of_kind;
  for (const GroupInfo& group : robot.groups()) {
    if (group.kind != kind) continue;
    of_kind.push_back(&group);
    if (IsWritable(group.role)) drivable.push_back(&group);
  }
  if (drivable.size() == 1) return drivable.front();
  if (drivable.empty() && of_kind.size() == 1) return of_kind.front();
  const std::string names = GroupNames(robot);
  if (of_kind.empty()) {
    const bool wheels = kind == JointKind::kVelocity;
    return Refuse(absl::StatusCode::kInvalidArgument, "NO_SUCH_GROUP", "",
                  wheels ? "This robot has no wheeled base." : "This robot has no arm.", "",
                  {{"groups", names}});
  }
  return Refuse(absl::StatusCode::kInvalidArgument, "GROUP_NEEDED", "",
                "Several groups could be meant: " + names + ".", "Name the group.",
                {{"groups", names}});
}

absl::StatusOr<std::vector<const GroupInfo*>> SelectGroups(const Robot& robot,
                                                           std::string_view name) {
  std::vector<const GroupInfo*> selected;
  if (!name.empty()) {
    const absl::StatusOr<const GroupInfo*> group = FindGroup(robot, name);
    if (!group.ok()) return group.status();
    selected.push_back(*group);
    return selected;
  }
  for (const GroupInfo& group : robot.groups()) selected.push_back(&group);
  return selected;
}

}  // namespace soarm
