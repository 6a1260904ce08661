#include "server/service/edge/joint_targets.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>

#include "common/base/angle_text.h"
#include "common/base/clean_text.h"
#include "server/core/bypass.h"
#include "server/service/edge/errors.h"
#include "server/service/edge/groups.h"

namespace soarm {
namespace {

// Targets that came through degrees or a rounding client are not refused for the last digit.
constexpr double kTolerance_rad = kRadPerTick / 2;

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

absl::Status Invalid(std::string_view reason, std::string_view subject, std::string_view message,
                     std::string_view fix, std::map<std::string, std::string> facts = {}) {
  return Refuse(absl::StatusCode::kInvalidArgument, reason, subject, message, fix,
                std::move(facts));
}

// "left_arm/gripper" -> {"left_arm", "gripper"}; without a group the first is empty. A slash that
// leads is part of a name that nothing has: who writes it had a group that was not set.
std::pair<std::string_view, std::string_view> SplitName(std::string_view name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos || slash == 0) return {{}, name};
  return {name.substr(0, slash), name.substr(slash + 1)};
}

absl::StatusOr<std::string_view> GroupNamedBy(std::string_view group,
                                              const JointTargetList& targets) {
  for (const v1::JointTarget& target : targets) {
    const std::string_view named = SplitName(target.joint()).first;
    if (named.empty()) continue;
    if (group.empty()) group = named;
    if (named != group) {
      return Invalid("SEVERAL_GROUPS", "",
                     Shown(target.joint()) + " is not in group " + Shown(group) + ".",
                     "Send one request per group.");
    }
  }
  return group;
}

// Collects the targets of one group, joint by joint.
class Resolver {
 public:
  Resolver(const Robot& robot, const GroupInfo& group, BeyondLimits beyond)
      : group_(group),
        description_(robot.Description(group.bus)),
        limits_(robot.Limits(group.bus)),
        beyond_(beyond) {
    resolved_.group = &group;
  }

  absl::StatusOr<std::size_t> Find(std::string_view name) const {
    std::string names;
    for (std::size_t i = 0; i < description_.joints.size(); ++i) {
      if ((group_.joints & MaskOf(i)) == 0) continue;
      if (description_.joints[i].name == name) return i;
      if (!names.empty()) names += ", ";
      names += description_.joints[i].name.view();
    }
    return Invalid(
        "UNKNOWN_JOINT", group_.name,
        "Group " + group_.name + " has no joint " + Shown(name) + "; it has: " + names + ".",
        "Use one of the joints named.", {{"joints", names}});
  }

  absl::Status Set(std::size_t i, double value, std::string_view given) {
    const JointModel& joint = description_.joints[i];
    if (i < limits_.size() && beyond_ == BeyondLimits::kRefuse) {
      const JointRange range = AllowedRange(joint, limits_[i]);
      if (value < range.lower_rad - kTolerance_rad || value > range.upper_rad + kTolerance_rad) {
        return OutsideLimits(joint, value, range, given);
      }
      value = std::clamp(value, range.lower_rad, range.upper_rad);
    }
    resolved_.value[i] = value;
    resolved_.joints |= MaskOf(i);
    return absl::OkStatus();
  }

  absl::Status Add(const v1::JointTarget& target) {
    const absl::StatusOr<std::size_t> i = Find(SplitName(target.joint()).second);
    if (!i.ok()) return i.status();
    const JointModel& joint = description_.joints[*i];
    const std::string subject = SubjectOf(joint);
    if ((named_ & MaskOf(*i)) != 0) {
      return Invalid("DUPLICATE_JOINT", subject, subject + " is given twice.",
                     "Give each joint once.");
    }
    named_ |= MaskOf(*i);
    if (joint.kind == JointKind::kVelocity) {
      return Invalid("NOT_A_POSITION", subject, subject + " is a wheel and has no position.",
                     "Command the base with a twist.");
    }
    switch (target.target_case()) {
      case v1::JointTarget::kPositionRad:
        return SetChecked(*i, target.position_rad(), AngleText(target.position_rad()));
      case v1::JointTarget::kOpening:
        return SetOpening(*i, target.opening());
      case v1::JointTarget::kPositionRaw:
        return SetChecked(*i, joint.RadFromRaw(target.position_raw()),
                          std::to_string(target.position_raw()) + " raw");
      case v1::JointTarget::TARGET_NOT_SET:
        return Invalid("TARGET_MISSING", subject, subject + " is named without a target.",
                       "Give position_rad, position_raw or, for a gripper, opening.");
    }
    return absl::OkStatus();
  }

  const ResolvedTargets& resolved() const { return resolved_; }

 private:
  std::string SubjectOf(const JointModel& joint) const {
    return group_.name + "/" + std::string(joint.name.view());
  }

  absl::Status SetChecked(std::size_t i, double value, const std::string& given) {
    if (std::isfinite(value) || IsGateOff()) return Set(i, value, given);
    const std::string subject = SubjectOf(description_.joints[i]);
    return Invalid("NOT_A_NUMBER", subject, "The target of " + subject + " is not a finite number.",
                   "Send a finite number.");
  }

  // An opening within 0..1 is always meant to be reachable, so it is held to the margin; only one
  // outside is an error.
  absl::Status SetOpening(std::size_t i, double opening) {
    const JointModel& joint = description_.joints[i];
    const std::string subject = SubjectOf(joint);
    if (!joint.is_gripper) {
      return Invalid("NOT_A_GRIPPER", subject, subject + " is not a gripper and has no opening.",
                     "Give position_rad or position_raw.");
    }
    if (!std::isfinite(opening)) return SetChecked(i, opening, "");
    if (opening < 0 || opening > 1) {
      if (beyond_ == BeyondLimits::kRefuse) {
        return Invalid("OUTSIDE_LIMITS", subject,
                       "The opening of " + subject + " is " + Number(opening) + ", outside 0 to 1.",
                       "Give an opening from 0 (closed) to 1 (open).",
                       {{"value", Number(opening)}, {"lower", "0"}, {"upper", "1"}});
      }
      opening = std::clamp(opening, 0.0, 1.0);
    }
    const double raw = joint.lower_raw + opening * (joint.upper_raw - joint.lower_raw);
    double value = joint.RadFromRaw(raw);
    if (i < limits_.size()) {
      const JointRange range = AllowedRange(joint, limits_[i]);
      value = std::clamp(value, range.lower_rad, range.upper_rad);
    }
    return Set(i, value, Number(opening));
  }

  absl::Status OutsideLimits(const JointModel& joint, double value, const JointRange& range,
                             std::string_view given) const {
    const std::string subject = SubjectOf(joint);
    return Invalid("OUTSIDE_LIMITS", subject,
                   "The target of " + subject + ", " + std::string(given) +
                       ", is outside its limits of " +
                       AngleRangeText(range.lower_rad, range.upper_rad) + ".",
                   "Choose a target within the limits.",
                   {{"value_rad", Number(value)},
                    {"lower_rad", Number(range.lower_rad)},
                    {"upper_rad", Number(range.upper_rad)}});
  }

  const GroupInfo& group_;
  const BusDescription description_;
  const std::span<const JointLimits> limits_;
  const BeyondLimits beyond_;
  JointMask named_ = 0;
  ResolvedTargets resolved_;
};

absl::Status AddPose(const PoseStore& poses, const GroupInfo& group, std::string_view name,
                     Resolver& resolver) {
  std::string names;
  for (const NamedPose& pose : poses.List()) {
    if (pose.group != group.name) continue;
    if (!names.empty()) names += ", ";
    names += pose.name;
    if (pose.name != name) continue;
    for (const auto& [joint, position_rad] : pose.joints_rad) {
      const absl::StatusOr<std::size_t> i = resolver.Find(joint);
      if (!i.ok()) return i.status();
      const absl::Status set = resolver.Set(*i, position_rad, AngleText(position_rad));
      if (!set.ok()) return set;
    }
    return absl::OkStatus();
  }
  return Invalid("UNKNOWN_POSE", group.name,
                 "Group " + group.name + " has no pose " + Shown(name) +
                     "; it has: " + (names.empty() ? "none" : names) + ".",
                 "Use one of them, or bring the arm there and run `soarm pose save " +
                     CutText(name, 31) + "`.",
                 {{"poses", names}});
}

}  // namespace

JointRange AllowedRange(const JointModel& joint, const JointLimits& limits) {
  return NarrowedRange(UsableRange(joint, limits), limits);
}

absl::StatusOr<ResolvedTargets> ResolveTargets(const Robot& robot, std::string_view group,
                                               const JointTargetList& targets,
                                               BeyondLimits beyond) {
  const absl::StatusOr<std::string_view> name = GroupNamedBy(group, targets);
  if (!name.ok()) return name.status();
  const absl::StatusOr<const GroupInfo*> found =
      FindGroupOrOnly(robot, *name, JointKind::kPosition);
  if (!found.ok()) return found.status();
  Resolver resolver(robot, **found, beyond);
  for (const v1::JointTarget& target : targets) {
    const absl::Status added = resolver.Add(target);
    if (!added.ok()) return added;
  }
  return resolver.resolved();
}

absl::StatusOr<ResolvedTargets> ResolveMove(const Robot& robot, const PoseStore& poses,
                                            const v1::MoveToRequest& request) {
  const absl::StatusOr<std::string_view> name = GroupNamedBy(request.group(), request.targets());
  if (!name.ok()) return name.status();
  const absl::StatusOr<const GroupInfo*> found =
      FindGroupOrOnly(robot, *name, JointKind::kPosition);
  if (!found.ok()) return found.status();
  Resolver resolver(robot, **found, BeyondLimits::kRefuse);
  if (!request.pose().empty()) {
    const absl::Status posed = AddPose(poses, **found, request.pose(), resolver);
    if (!posed.ok()) return posed;
  }
  for (const v1::JointTarget& target : request.targets()) {
    const absl::Status added = resolver.Add(target);
    if (!added.ok()) return added;
  }
  if (resolver.resolved().joints == 0) {
    return Invalid("NOTHING_TO_DO", (*found)->name, "The move names neither targets nor a pose.",
                   "Give targets or a pose.");
  }
  return resolver.resolved();
}

absl::StatusOr<ResolvedTargets> SelectJoints(const Robot& robot, std::string_view group,
                                             std::string_view joint) {
  JointTargetList named;
  named.Add()->set_joint(std::string(joint));
  const absl::StatusOr<std::string_view> name = GroupNamedBy(group, named);
  if (!name.ok()) return name.status();
  const absl::StatusOr<const GroupInfo*> found =
      FindGroupOrOnly(robot, *name, JointKind::kPosition);
  if (!found.ok()) return found.status();
  ResolvedTargets selected;
  selected.group = *found;
  selected.joints = (*found)->joints;
  if (joint.empty()) return selected;
  const absl::StatusOr<std::size_t> i =
      Resolver(robot, **found, BeyondLimits::kPass).Find(SplitName(joint).second);
  if (!i.ok()) return i.status();
  selected.joints = MaskOf(*i);
  return selected;
}

}  // namespace soarm
