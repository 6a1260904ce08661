// What a program beside the daemon makes of a servo's registers, and how long that is an excuse.

#include <algorithm>
#include <cmath>
#include <optional>

#include "tests/adversary/judge/servo_registers.h"
#include "tests/adversary/judge/troubles.h"

namespace soarm::adversary {

using namespace bounds;

namespace {

// Whether a write touches one of the registers from..to.
bool Touches(const WorldDid& did, int from, int to) {
  const int first = did.address;
  const int last = first + static_cast<int>(std::max<std::size_t>(did.data.size(), 1)) - 1;
  return first <= to && last >= from;
}

// What a write makes of a register of two bytes; none where it does not write both.
std::optional<int> WordIn(const WorldDid& did, int address) {
  const int at = address - did.address;
  if (at < 0 || at + 1 >= static_cast<int>(did.data.size())) return std::nullopt;
  const auto index = static_cast<std::size_t>(at);
  return did.data[index] | did.data[index + 1] << 8;
}

constexpr int kLastSwitching = 47;  // a goal energises too

}  // namespace

bool Troubles::PutsSeamInReach(std::size_t joint, int offset_ticks) const {
  constexpr double kTurn_ticks = 4096;
  constexpr double kBeyondLimits_rad = 0.2;  // hard stops are outside of what goals are limited to
  const JointFacts& facts = scene_->joints[joint];
  if (facts.kind != Kind::kPosition) return false;
  const double at_zero = facts.zero_ticks + facts.offset_ticks - offset_ticks;
  const double rad_per_tick = 2 * kPi / kTurn_ticks;
  const double lowest = at_zero + (facts.lower_rad - kBeyondLimits_rad) / rad_per_tick;
  const double highest = at_zero + (facts.upper_rad + kBeyondLimits_rad) / rad_per_tick;
  return std::floor(lowest / kTurn_ticks) != std::floor(highest / kTurn_ticks);
}

void Troubles::OnWrite(std::size_t joint, Time at, const WorldDid& did, Trouble& trouble) const {
  const bool stored = Touches(did, 0, kFirstWorking - 1);
  // Range, direction and offset move the meaning of a radian.
  trouble.recalibrated = trouble.recalibrated || Touches(did, kFirstRange, kLastRange) ||
                         Touches(did, kPhase, kPhase) || Touches(did, kFirstOffset, kLastOffset);
  if (Touches(did, kFirstOffset, kLastOffset)) {
    trouble.turned_limp = false;
    const std::optional<int> offset = WordIn(did, kFirstOffset + 1);
    trouble.seam_in_reach = !offset;
    // By age, a firmware uses bit 12 or does not.
    for (const int magnitude : {offset.value_or(0) & 0x7FF, offset.value_or(0) & 0x17FF}) {
      const int ticks = (magnitude & 0x7FF) + ((magnitude & 0x1000) != 0 ? 2048 : 0);
      const bool minus = (offset.value_or(0) & 0x800) != 0;
      trouble.seam_in_reach =
          trouble.seam_in_reach || PutsSeamInReach(joint, minus ? -ticks : ticks);
    }
  }
  trouble.remoded = trouble.remoded || Touches(did, kMode, kMode);
  for (const int limit : {kMaxTorque, kTorqueLimit}) {
    if (const auto written = WordIn(did, limit)) trouble.weakened_to = *written;
  }
  const bool wheel = scene_->joints[joint].kind == Kind::kVelocity && last_[joint].torque_on;
  trouble.spun = wheel && did.address == kGoalSpeed && did.data.size() == 2 &&
                 (trouble.spun || at >= trouble.by_another);
  // What makes a joint under torque brake gently is told anew as soon as it is read: no excuse.
  const bool told_anew = did.address == kAcceleration && did.data.size() == 1 &&
                         last_[joint].torque_on && at >= opens_at_;
  if (!told_anew) {
    Extend(trouble.by_another, at + (stored ? kNoticesSettings : kNoticesWorking));
  }
  if (Touches(did, kGoal, kGoal + 1)) {
    trouble.drawn_back = at + kDrawsBack;
    // Any goal takes a joint that is outside of its new range into that, slowly in a soft hold.
    if (trouble.recalibrated) Extend(trouble.sluggish, at + kSluggish);
  }
  const bool sluggish = (Touches(did, kAcceleration, kAcceleration) && !told_anew) ||
                        Touches(did, kGoalSpeed, kGoalSpeed + 1);
  if (sluggish) trouble.sluggish = at + kSluggish;
  if (const auto speed = WordIn(did, kGoalSpeed)) {
    constexpr int kMagnitude = 0x7FFF;
    trouble.driven_at_rad_s = (*speed & kMagnitude) * kRadPerTick;
  }
  // By that speed its servo takes it into a range that it was given.
  const bool into_range = trouble.recalibrated && trouble.driven_at_rad_s > 0;
  if (into_range && (sluggish || Touches(did, kFirstRange, kLastRange))) {
    const double way_s = kPi / std::max(trouble.driven_at_rad_s, kStands_rad_s);
    Extend(trouble.sluggish, at + Milliseconds(1000 * way_s));
  }
  // A servo that changes its mode drops its torque, and the next goal energises it again.
  if (!told_anew && (Touches(did, kFirstWorking, kLastSwitching) || Touches(did, kMode, kMode))) {
    Extend(trouble.switched_by_another, at + kNoticesWorking);
  }
}

}  // namespace soarm::adversary
