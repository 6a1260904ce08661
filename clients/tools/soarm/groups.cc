#include "clients/tools/soarm/groups.h"

#include <vector>

#include "common/base/problem.h"

namespace soarm::cli {
namespace {

bool IsArm(const v1::GroupDescription& group) {
  for (const v1::JointDescription& joint : group.joints()) {
    if (!joint.wheel()) return true;
  }
  return false;
}

bool MayBeDriven(const v1::GroupDescription& group) {
  return group.role() != v1::LEADER && group.role() != v1::ROLE_UNKNOWN;
}

}  // namespace

bool NamesGroup(const v1::RobotDescription& description, const std::string& word) {
  bool found = false;
  for (const v1::GroupDescription& group : description.groups()) {
    found = found || group.name() == word;
    for (const v1::JointDescription& joint : group.joints()) {
      if (joint.name() == word) return false;
    }
  }
  return found;
}

absl::Status CheckDriven(const v1::RobotDescription& description, const std::string& name) {
  for (const v1::GroupDescription& group : description.groups()) {
    if (group.name() != name || MayBeDriven(group)) continue;
    const bool leader = group.role() == v1::LEADER;
    return ToStatus({.code = absl::StatusCode::kFailedPrecondition,
                     .reason = "READ_ONLY_GROUP",
                     .subject = name,
                     .message = leader ? name + " is a leader: it is read, and cannot be driven."
                                       : "The role of " + name +
                                             " is not known: it is read, and cannot be driven.",
                     .fix = leader ? "Name a follower." : "Give it a role in the configuration.",
                     .facts = {}});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ChooseGroup(const v1::RobotDescription& description,
                                        const std::string& asked) {
  std::string names;
  std::vector<std::string> arms;
  std::vector<std::string> readable;  // arms that the daemon will refuse to drive, and say why
  for (const v1::GroupDescription& group : description.groups()) {
    if (!asked.empty() && group.name() == asked) return asked;
    names += (names.empty() ? "" : ", ") + group.name();
    if (IsArm(group)) (MayBeDriven(group) ? arms : readable).push_back(group.name());
  }
  if (asked.empty() && description.groups_size() == 1) return names;
  if (asked.empty() && arms.size() == 1) return arms.front();
  if (asked.empty() && arms.empty() && readable.size() == 1) return readable.front();

  Problem problem{
      .code = asked.empty() ? absl::StatusCode::kInvalidArgument : absl::StatusCode::kNotFound,
      .reason = asked.empty() ? "GROUP_NEEDED" : "UNKNOWN_GROUP",
      .subject = asked,
      .message = {},
      .fix = {},
      .facts = {{"groups", names}}};
  if (names.empty()) {
    problem.code = absl::StatusCode::kFailedPrecondition;
    problem.message = "This robot has no groups yet: no bus was found.";
    problem.fix = "Look at `soarm status`.";
  } else if (asked.empty()) {
    problem.message = "Say which group: this robot has " + names + ".";
    problem.fix = "Name the group, e.g. " +
                  (arms.empty() ? description.groups(0).name() : arms.front()) + ".";
  } else {
    problem.message = "There is no group \"" + asked + "\": this robot has " + names + ".";
    problem.fix = "Name one of them.";
  }
  return ToStatus(problem);
}

absl::StatusOr<std::string> ChooseGroupOfJoint(const v1::RobotDescription& description,
                                               const std::string& asked, const std::string& joint) {
  if (!asked.empty()) {
    if (auto group = ChooseGroup(description, asked); !group.ok()) return group;
  }
  std::vector<std::string> driven;
  std::vector<std::string> readable;
  std::string joints;
  for (const v1::GroupDescription& group : description.groups()) {
    if (!asked.empty() && group.name() != asked) continue;
    for (const v1::JointDescription& candidate : group.joints()) {
      if (candidate.name() == joint) {
        (MayBeDriven(group) ? driven : readable).push_back(group.name());
      }
      joints += (joints.empty() ? "" : ", ") + candidate.name();
    }
  }
  if (driven.size() == 1) return driven.front();
  if (driven.empty() && readable.size() == 1) return readable.front();

  const std::vector<std::string>& found = driven.empty() ? readable : driven;
  if (found.empty()) {
    return ToStatus({.code = absl::StatusCode::kInvalidArgument,
                     .reason = "UNKNOWN_JOINT",
                     .subject = joint,
                     .message = "There is no joint \"" + joint + "\": there are " + joints + ".",
                     .fix = "Name one of them.",
                     .facts = {{"joints", joints}}});
  }
  return ToStatus({.code = absl::StatusCode::kInvalidArgument,
                   .reason = "GROUP_NEEDED",
                   .subject = joint,
                   .message = "Several groups have a joint \"" + joint + "\".",
                   .fix = "Name the group, e.g. " + found.front() + "/" + joint + ".",
                   .facts = {}});
}

}  // namespace soarm::cli
