#include "clients/tools/soarm/jogger.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "clients/tools/soarm/text.h"
#include "common/base/units.h"

namespace soarm::cli {
namespace {

constexpr std::string_view kUp = "qwertyui";
constexpr std::string_view kDown = "asdfghjk";
constexpr char kEndOfTransmission = 4;  // Ctrl-D

constexpr double kStartSpeed_rad_s = 20.0 * kRadPerDeg;
constexpr double kSlowest_rad_s = 2.5 * kRadPerDeg;
constexpr double kFastest_rad_s = 80.0 * kRadPerDeg;

}  // namespace

Jogger::Jogger(std::vector<Joint> joints)
    : joints_(std::move(joints)), speed_rad_s_(kStartSpeed_rad_s) {
  if (joints_.size() > kMaxJoints) joints_.resize(kMaxJoints);
  motions_.resize(joints_.size());
}

bool Jogger::Press(char key, MonoTime now) {
  if (key == 'x' || key == kEndOfTransmission) return false;
  if (key == ' ') Halt();
  if (key == '+' || key == '=') speed_rad_s_ = std::min(speed_rad_s_ * 2.0, kFastest_rad_s);
  if (key == '-') speed_rad_s_ = std::max(speed_rad_s_ / 2.0, kSlowest_rad_s);
  for (const auto& [keys, direction] : {std::pair{kUp, 1.0}, std::pair{kDown, -1.0}}) {
    const std::size_t joint = keys.find(key);
    if (joint >= joints_.size()) continue;
    Advance(now);
    motions_[joint] = {.direction = direction, .until = now + kPress};
  }
  return true;
}

bool Jogger::Advance(MonoTime now) {
  bool moving = false;
  for (std::size_t i = 0; i < joints_.size(); ++i) {
    Motion& motion = motions_[i];
    if (motion.direction == 0.0) continue;
    const double seconds = std::max(0.0, ToSeconds(std::min(now, motion.until) - advanced_to_));
    Joint& joint = joints_[i];
    const double moved = joint.position_rad + motion.direction * speed_rad_s_ * seconds;
    // A joint found outside its range may only come back in.
    joint.position_rad = std::clamp(moved, std::min(joint.lower_rad, joint.position_rad),
                                    std::max(joint.upper_rad, joint.position_rad));
    if (now >= motion.until) motion.direction = 0.0;
    moving = moving || motion.direction != 0.0;
  }
  advanced_to_ = now;
  return moving;
}

void Jogger::Restart(const std::vector<double>& positions_rad) {
  Halt();
  for (std::size_t i = 0; i < joints_.size() && i < positions_rad.size(); ++i) {
    joints_[i].position_rad = positions_rad[i];
  }
}

void Jogger::Halt() {
  for (Motion& motion : motions_) motion.direction = 0.0;
}

v1::JointTargets Jogger::targets() const {
  v1::JointTargets targets;
  for (const Joint& joint : joints_) {
    v1::JointTarget& target = *targets.add_targets();
    target.set_joint(joint.name);
    target.set_position_rad(joint.position_rad);
  }
  return targets;
}

std::string KeyHelp(const Jogger& jogger) {
  std::string text;
  for (std::size_t i = 0; i < jogger.joints().size(); ++i) {
    text += std::string("  ") + kUp[i] + "/" + kDown[i] + " " + jogger.joints()[i].name + "\n";
  }
  return text + "  +/- speed, space halts, x ends\n";
}

}  // namespace soarm::cli
