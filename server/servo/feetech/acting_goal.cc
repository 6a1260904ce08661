#include "server/servo/feetech/acting_goal.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "server/servo/feetech/registers.h"
#include "server/servo/feetech/sample_decode.h"

namespace soarm::servo::feetech {
namespace {

// Nearer than this to its goal a joint's drive is lost in friction and play: 0.44 degrees, less
// than what adopting an arm may move it.
constexpr std::int32_t kNear_ticks = 5;
// The dead time is 85 ms; a goal that was sent this long ago drives.
constexpr Nanos kDrivesBy = std::chrono::milliseconds(200);
// One that creeps, because another program gave it a speed as well, hardly drives either; in this
// time it leaves its place.
constexpr Nanos kRests = std::chrono::milliseconds(200);
// A joint that went so far towards register 42's goal, driving that way, has it as its goal.
constexpr std::int32_t kGoesThere_ticks = 12;

// Drive for each tick of distance, in duty; the vendor's loop has P / 4 per mille. 0: no such loop.
double DrivePerTick(const ServoState& servo) noexcept {
  const double gain = servo.settings[reg::kPositionP.address - kSettingsBlock.address];
  return gain / 4.0 / 1000.0;
}

// What the servo makes of register 42: it keeps goals within its range.
std::int32_t GoalInRange(const ServoState& servo) noexcept {
  const std::int32_t goal = servo.working.goal_position;
  const bool limited = servo.stored.min_position < servo.stored.max_position;
  return limited ? std::clamp(goal, servo.stored.min_position, servo.stored.max_position) : goal;
}

bool MayBeJudged(const ServoState& servo) noexcept {
  return servo.kind == JointKind::kPosition && servo.known && servo.status == 0 &&
         (!servo.in_operation || servo.settles) && DrivePerTick(servo) > 0;
}

double DriveLimit(const ServoState& servo) noexcept {
  return std::min(servo.working.torque_limit, servo.stored.max_torque) / 1000.0;
}

// Half of what the distance asks for is a goal that acts: the rest is friction, a torque limit and
// what changed between two registers. Drive the other way holds a load above another goal.
bool Drives(const ServoState& servo, double load, std::int32_t gap) noexcept {
  if (load * gap < 0) return false;
  return std::abs(load) >= std::min(std::abs(gap) * DrivePerTick(servo), DriveLimit(servo)) / 2;
}

// The goal behind this position and this drive.
std::int32_t HeldGoal(const JointModel& joint, const JointSample& sample,
                      const ServoState& servo) noexcept {
  const double per_tick = DrivePerTick(servo);
  const double ahead = per_tick > 0 ? joint.sign * sample.load / per_tick : 0;
  return sample.position_raw + static_cast<std::int32_t>(std::lround(ahead));
}

// Two answers that are this far apart do not tell of the same goal: further than a joint falls from
// one tick to the next.
constexpr std::int32_t kAgree_ticks = 64;

// Whether the servo, asked alone, says the same as before.
bool SaidTwice(ServoState& servo, ServoState::Says says, std::int32_t held_raw,
               bool alone) noexcept {
  const bool twice =
      alone && servo.says == says && std::abs(held_raw - servo.said_raw) <= kAgree_ticks;
  servo.says = says;
  servo.said_raw = held_raw;
  return twice;
}

void LetGo(ServoState& servo, std::int32_t held_raw, bool alone) noexcept {
  const bool follows = servo.goal_let_go && std::abs(held_raw - servo.let_go_raw) <= kAgree_ticks;
  if (!follows && !SaidTwice(servo, ServoState::Says::kLetGo, held_raw, alone)) return;
  servo.says = ServoState::Says::kNothing;
  servo.goal_let_go = true;
  servo.let_go_raw = held_raw;
  servo.goal_valid = false;  // whatever the register says, it is not what acts
}

void Acts(ServoState& servo, std::int32_t position_raw, bool alone) noexcept {
  if (servo.goal_let_go && !SaidTwice(servo, ServoState::Says::kActs, position_raw, alone)) return;
  servo.says = ServoState::Says::kNothing;
  servo.goal_let_go = false;
}

}  // namespace

void CheckOutput(const JointModel& joint, const JointSample& sample, ServoState& servo,
                 bool alone) noexcept {
  constexpr unsigned kCutting = kStatusSupply | kStatusTemperature;
  const unsigned cut = servo.status & servo.stored.unload_mask & kCutting;
  if (cut == 0) return;
  // It comes back by itself, where it fell to, when nobody may be looking: that wants a clear.
  servo.latched.bits |= FaultsOfStatus(static_cast<std::uint8_t>(cut)).bits;
  LetGo(servo, HeldGoal(joint, sample, servo), alone);
}

void CheckDrive(const JointModel& joint, const JointSample& sample, ServoState& servo, MonoTime now,
                bool alone) noexcept {
  if (servo.rested_since == MonoTime{} ||
      std::abs(sample.position_raw - servo.rested_raw) > kNear_ticks) {
    servo.rested_since = servo.rested_since == MonoTime{} ? now - kRests : now;
    servo.rested_raw = sample.position_raw;
  }
  if (!MayBeJudged(servo)) return;
  if (servo.working.torque_enable != 1) return Acts(servo, sample.position_raw, alone);
  const std::int32_t gap = GoalInRange(servo) - sample.position_raw;
  const double load = joint.sign * sample.load;  // as the servo counts
  const bool ahead = gap > 0;
  const bool stands =
      std::abs(sample.velocity_rad_s) <= kStill_rad_s && now - servo.rested_since >= kRests;
  if (servo.goal_let_go) {
    // However slowly: another program may have given it a speed as well. What sags drives against
    // it.
    const std::int32_t went = sample.position_raw - servo.let_go_raw;
    const bool goes_there = std::abs(went) > kGoesThere_ticks && (went > 0) == ahead &&
                            std::abs(load) >= DrivePerTick(servo) && (load > 0) == ahead;
    if (goes_there) return Acts(servo, sample.position_raw, alone);
  } else {
    const bool tells =
        std::abs(gap) > kNear_ticks && stands && now - servo.goal_sent_at >= kDrivesBy;
    if (tells && !Drives(servo, load, gap))
      return LetGo(servo, HeldGoal(joint, sample, servo), alone);
  }
  servo.says = ServoState::Says::kNothing;
}

std::int32_t ActingGoal(const ServoState& servo) noexcept {
  return servo.goal_let_go ? servo.let_go_raw : GoalInRange(servo);
}

constexpr double kUnlimited_ticks = 1e5;

double FullDriveTicks(const ServoState& servo) noexcept {
  const double per_tick = DrivePerTick(servo);
  if (servo.working_reads == 0 || per_tick <= 0) return kUnlimited_ticks;
  return DriveLimit(servo) / per_tick;
}

double OverloadDriveTicks(const ServoState& servo) noexcept {
  // A tenth is for what the current and the supply make of a duty.
  constexpr double kSafe_share = 0.9;
  const double per_tick = DrivePerTick(servo);
  const double share = servo.stored.overload_torque * reg::kOverloadTorque.unit;
  const bool acts = (servo.stored.unload_mask & kStatusOverload) != 0;
  if (!servo.known || !acts || per_tick <= 0) return kUnlimited_ticks;
  return kSafe_share * share / per_tick;
}

}  // namespace soarm::servo::feetech
