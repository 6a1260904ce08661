#include "tests/adversary/judge/range_rule.h"

#include <algorithm>
#include <optional>

namespace soarm::adversary {

using namespace bounds;

namespace {

constexpr int kGoalPosition = 42;

// The goal in a packet; none in one that does not write both of its bytes.
std::optional<int> GoalIn(const WrittenByHost& written) {
  constexpr std::uint8_t kWrite = 3, kRegWrite = 4, kSyncWrite = 0x83;
  const bool writes = written.instruction == kWrite || written.instruction == kRegWrite ||
                      written.instruction == kSyncWrite;
  const int at = kGoalPosition - written.address;
  if (!writes || at < 0 || at + 1 >= static_cast<int>(written.data.size())) return std::nullopt;
  const auto index = static_cast<std::size_t>(at);
  const int word = written.data[index] | written.data[index + 1] << 8;
  constexpr int kSign = 0x8000;
  return (word & kSign) != 0 ? -(word & ~kSign) : word;
}

}  // namespace

void RangeRule::Span::Add(double rad) {
  low_rad = std::min(low_rad, rad);
  high_rad = std::max(high_rad, rad);
}

// What arrives is not always what was sent: of 256 damaged packets one passes its checksum.
bool RangeRule::IsGarbled(std::size_t bus) const {
  for (std::size_t i = 0; i < case_.scene.joints.size(); ++i) {
    const bool on_it = case_.scene.joints[i].bus == bus;
    if (on_it && case_.troubles.of(i).requests_damaged > 0) return true;
  }
  return false;
}

// What the daemon goes by may be as old as its last contact.
bool RangeRule::IsKnown(std::size_t bus, Time at) const {
  for (std::size_t i = 0; i < case_.scene.joints.size(); ++i) {
    if (case_.scene.joints[i].bus == bus && at < case_.troubles.of(i).unreached) return false;
  }
  return true;
}

void RangeRule::OnEvent(Time at, const What& what) {
  const auto* written = std::get_if<WrittenByHost>(&what);
  if (written == nullptr || joints_.empty()) return;
  const std::optional<int> goal = GoalIn(*written);
  if (!goal || IsGarbled(written->bus)) return;
  for (std::size_t i = 0; i < joints_.size(); ++i) {
    const JointFacts& facts = case_.scene.joints[i];
    const bool meant = facts.bus == written->bus && facts.servo_id == written->servo_id &&
                       !case_.troubles.IsInOtherMode(i);  // it counts from elsewhere there
    if (!meant || facts.kind != Kind::kPosition || case_.troubles.of(i).recalibrated) continue;
    JudgeGoal(i, (*goal - facts.zero_ticks) * kRadPerTick, at);
  }
}

void RangeRule::JudgeGoal(std::size_t i, double goal_rad, Time at) {
  const JointFacts& facts = case_.scene.joints[i];
  Joint& joint = joints_[i];
  const double low =
      std::min({facts.lower_rad - kGoalRounds_rad, joint.goal_rad - kGoalRounds_rad,
                joint.given_rad.value_or(joint.goal_rad) - kGoalRounds_rad,
                joint.now.low_rad - kReadsOff_rad, joint.before.low_rad - kReadsOff_rad});
  const double high =
      std::max({facts.upper_rad + kGoalRounds_rad, joint.goal_rad + kGoalRounds_rad,
                joint.given_rad.value_or(joint.goal_rad) + kGoalRounds_rad,
                joint.now.high_rad + kReadsOff_rad, joint.before.high_rad + kReadsOff_rad});
  joint.goal_rad = goal_rad;
  if ((goal_rad >= low && goal_rad <= high) || !IsKnown(facts.bus, at)) {
    joint.given_rad = goal_rad;
    return;
  }
  case_.Accuse(at, "BEYOND_LIMITS",
               Say("%s is given the goal %.4f rad, allowed %.4f to %.4f", case_.NameOf(i).c_str(),
                   goal_rad, low, high));
}

void RangeRule::OnTruth(const TruthFrame& frame) {
  const bool first = joints_.empty();
  joints_.resize(frame.shafts.size());
  const bool turns = frame.at > turned_at_ + kStateLags;
  if (turns) turned_at_ = frame.at;
  for (std::size_t i = 0; i < joints_.size(); ++i) {
    Joint& joint = joints_[i];
    const ShaftTruth& shaft = frame.shafts[i];
    const Span here = {shaft.angle_rad, shaft.angle_rad};
    if (turns) joint.before = first ? here : joint.now;
    if (turns) joint.now = here;
    joint.now.Add(shaft.angle_rad);
    joint.goal_rad = (shaft.goal_raw - case_.scene.joints[i].zero_ticks) * kRadPerTick;
  }
}

}  // namespace soarm::adversary
