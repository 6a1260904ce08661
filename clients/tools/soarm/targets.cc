#include "clients/tools/soarm/targets.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "clients/tools/soarm/text.h"
#include "common/base/problem.h"
#include "common/base/units.h"

namespace soarm::cli {
namespace {

absl::Status Refuse(std::string reason, const std::string& text, std::string message,
                    std::string fix) {
  return ToStatus({.code = absl::StatusCode::kInvalidArgument,
                   .reason = std::move(reason),
                   .subject = text,
                   .message = std::move(message),
                   .fix = std::move(fix),
                   .facts = {}});
}

struct UnitName {
  std::string_view suffix;
  Target::Unit unit;
  double factor;
};
constexpr std::array<UnitName, 4> kUnits{{{"deg", Target::Unit::kRad, kRadPerDeg},
                                          {"rad", Target::Unit::kRad, 1.0},
                                          {"raw", Target::Unit::kRaw, 1.0},
                                          {"%", Target::Unit::kOpening, 0.01}}};

absl::Status NoUnit(const std::string& text, const std::string& name, double value) {
  const std::string number = text.substr(text.find('=') + 1);
  return Refuse("NO_UNIT", text, "\"" + text + "\" has no unit.",
                "Write " + name + "=" + number + "deg, " + name + "=" +
                    Fixed(value * kRadPerDeg, 3) + "rad, " + name + "=2048raw or gripper=50%.");
}

// What is right of "=".
absl::StatusOr<Target> ParseValue(const std::string& text, const std::string& name,
                                  std::string_view value) {
  const auto joint = ParseName(name, "joint");
  if (!joint.ok()) return joint.status();
  Target target;
  target.group = joint->group;
  target.joint = joint->name;
  if (value.starts_with('+')) {
    target.relative = true;
    value.remove_prefix(1);
  }
  if (const std::optional<double> bare = ParseNumber(value)) return NoUnit(text, name, *bare);
  for (const UnitName& unit : kUnits) {
    if (!value.ends_with(unit.suffix) || value.starts_with('+')) continue;
    const std::optional<double> number =
        ParseNumber(value.substr(0, value.size() - unit.suffix.size()));
    if (!number) break;
    target.unit = unit.unit;
    target.value = *number * unit.factor;
    if (unit.unit == Target::Unit::kRaw &&
        (*number != std::round(*number) || std::abs(*number) > 1e6)) {
      return Refuse("BAD_TARGET", text, "\"" + text + "\": raw is in whole servo ticks.",
                    "Write " + name + "=2048raw.");
    }
    if (unit.unit == Target::Unit::kOpening && !target.relative &&
        (target.value < 0.0 || target.value > 1.0)) {
      return Refuse("BAD_TARGET", text, "\"" + text + "\": an opening is from 0% to 100%.",
                    "Write " + name + "=50%.");
    }
    return target;
  }
  return Refuse("BAD_TARGET", text, "\"" + text + "\" is not a number with a unit.",
                "Write " + name + "=30deg; units are deg, rad, raw and %.");
}

bool LooksLikeValue(std::string_view text) {
  if (ParseNumber(text)) return true;
  for (const UnitName& unit : kUnits) {
    if (text.ends_with(unit.suffix) &&
        ParseNumber(text.substr(0, text.size() - unit.suffix.size()))) {
      return true;
    }
  }
  return false;
}

}  // namespace

absl::StatusOr<QualifiedName> ParseName(const std::string& text, const std::string& kind) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return QualifiedName{.group = {}, .name = text};
  QualifiedName split{.group = text.substr(0, slash), .name = text.substr(slash + 1)};
  if (split.name.empty()) {
    return Refuse("BAD_TARGET", text, "\"" + text + "\" names no " + kind + " behind the slash.",
                  "Write GROUP/NAME, or the name alone when there is one arm.");
  }
  if (split.group.empty()) {
    return Refuse("BAD_TARGET", text, "\"" + text + "\" names no group before the slash.",
                  "Write GROUP/" + split.name + ", or " + split.name + " when there is one arm.");
  }
  return split;
}

absl::StatusOr<Targets> ParseTargets(const std::vector<std::string>& texts) {
  Targets targets;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) {
      if (text.empty() || LooksLikeValue(text)) {
        return Refuse("BAD_TARGET", text, "\"" + text + "\" names no joint.",
                      "Write JOINT=30deg, e.g. shoulder_pan=30deg.");
      }
      if (!targets.pose.empty()) {
        return Refuse("BAD_TARGET", text,
                      "\"" + targets.pose + "\" and \"" + text + "\" are two poses.",
                      "Name one pose; further TARGETs are JOINT=30deg.");
      }
      const auto pose = ParseName(text, "joint or pose");
      if (!pose.ok()) return pose.status();
      targets.pose_group = pose->group;
      targets.pose = pose->name;
      continue;
    }
    const std::string name = text.substr(0, equals);
    if (name.empty()) {
      return Refuse("BAD_TARGET", text, "\"" + text + "\" names no joint.",
                    "Write JOINT=30deg, e.g. shoulder_pan=30deg.");
    }
    auto target = ParseValue(text, name, std::string_view(text).substr(equals + 1));
    if (!target.ok()) return target.status();
    for (const Target& other : targets.joints) {
      if (other.joint == target->joint && other.group == target->group) {
        return Refuse("DUPLICATE_TARGET", text, "\"" + name + "\" is given twice.",
                      "Name each joint once.");
      }
    }
    targets.joints.push_back(*std::move(target));
  }
  return targets;
}

v1::JointTarget ToJointTarget(const Target& target, const v1::JointState& now) {
  v1::JointTarget out;
  out.set_joint(target.joint);
  const bool from_goal = now.torque_on() && now.has_applied_rad() && now.has_applied_raw();
  switch (target.unit) {
    case Target::Unit::kRad: {
      const double base = from_goal ? now.applied_rad() : now.position_rad();
      out.set_position_rad(target.value + (target.relative ? base : 0.0));
      break;
    }
    case Target::Unit::kRaw: {
      const int base = from_goal ? now.applied_raw() : now.position_raw();
      out.set_position_raw(static_cast<int>(target.value) + (target.relative ? base : 0));
      break;
    }
    case Target::Unit::kOpening: {
      const double sum = target.value + (target.relative ? now.opening() : 0.0);
      out.set_opening(std::min(1.0, std::max(0.0, sum)));
      break;
    }
  }
  return out;
}

}  // namespace soarm::cli
