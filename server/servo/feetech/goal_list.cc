#include "server/servo/feetech/goal_list.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "server/servo/feetech/acting_goal.h"
#include "server/servo/feetech/registers.h"
#include "server/servo/feetech/sample_decode.h"
#include "server/servo/feetech/torque_checks.h"
#include "server/servo/feetech/working_check.h"

namespace soarm::servo::feetech {
namespace {

// Far above what the servo can do, and keeps both bytes of the register away from FF FF.
constexpr double kMaxSpeedRegister = 30'000;

int SpeedUnit(const ServoState& servo) noexcept {
  return (servo.stored.phase & kPhaseFineSpeedUnit) != 0 ? 1 : 50;
}

// One sync-write in the making.
struct Batch {
  const Register& reg;
  InlineVector<std::uint8_t, kMaxJoints> ids;
  InlineVector<std::uint8_t, 2 * kMaxJoints> data;
  JointMask joints = 0;

  void Add(std::size_t joint, std::uint8_t id, std::int32_t value) noexcept {
    RegisterBytes bytes;
    if (!EncodeRegister(reg, value, bytes)) return;
    ids.push_back(id);
    for (const std::uint8_t byte : bytes.span()) data.push_back(byte);
    joints |= MaskOf(joint);
  }
  JointMask AddTo(RequestBuilder& request) const noexcept {
    return request.SyncWrite(reg.address, reg.width, ids, data) ? joints : 0;
  }
};

}  // namespace

bool GoalsReach(const ServoState& servo) noexcept {
  return servo.may_write && servo.known && servo.verified && !servo.goals_barred &&
         !servo.latched.Any() && servo.health.misses() == 0 && !servo.surprise.any &&
         BlockingStatus(servo) == 0;
}

namespace {

// Whether it was read with torque off or, a wheel, with speed 0 since that was written last.
bool WasReadAtRest(const ServoState& servo) noexcept {
  if (servo.working_reads == 0) return false;
  if (servo.working.torque_enable != 1) return true;
  if (HoldsNothing(servo)) return false;
  return servo.kind == JointKind::kVelocity && servo.working.goal_speed == 0 && !servo.goal_unread;
}

}  // namespace

bool IsKnownToRest(const ServoState& servo) noexcept {
  const bool limp = servo.working_reads > 0 && servo.working.torque_enable != 1;
  return WasReadAtRest(servo) && (limp || !servo.doubt);
}

bool IsInServoRange(const ServoState& servo, double raw) noexcept {
  // Equal ends switch the servo's clamping off; crossed ones send any goal to one of them.
  const bool limited = servo.stored.min_position != servo.stored.max_position;
  const int lowest = limited ? servo.stored.min_position : 0;
  const int highest = limited ? servo.stored.max_position : kTicksPerTurn - 1;
  return raw > lowest - 0.5 && raw < highest + 0.5;
}

std::int32_t GoalRegister(const JointModel& joint, const ServoState& servo, double value) noexcept {
  if (servo.kind == JointKind::kVelocity) {
    const double ticks_s = joint.sign * value / kRadPerTick;
    const double raw =
        std::clamp(ticks_s / SpeedUnit(servo), -kMaxSpeedRegister, kMaxSpeedRegister);
    return static_cast<std::int32_t>(std::lround(raw));
  }
  return static_cast<std::int32_t>(std::lround(joint.RawFromRad(value)));
}

std::int32_t GoalTicks(const ServoState& servo, std::int32_t goal_register) noexcept {
  return servo.kind == JointKind::kVelocity ? goal_register * SpeedUnit(servo) : goal_register;
}

namespace {

// Whether a goal may pass although GoalsReach() says no: it only lets go of what the servo presses
// against, and the servo is there, has torque and cannot have switched itself off.
bool MayYield(const ServoState& servo, std::int32_t goal, std::int32_t measured,
              MonoTime now) noexcept {
  if (!servo.may_write || !servo.known || servo.goals_barred || servo.doubt) return false;
  if (servo.health.misses() > 0 || BlockingStatus(servo) != 0 || servo.goal_let_go) return false;
  if (MayBeSwitchedOff(servo, now)) return false;
  const std::int32_t pull = goal - measured;
  const std::int32_t old_pull = servo.working.goal_position - measured;
  return std::abs(pull) < std::abs(old_pull) && (pull == 0 || (pull > 0) == (old_pull > 0));
}

// Whether `goal` eases the overload of a joint: it presses the other way than as that began, or the
// same way and less.
bool Relieves(const ServoState& servo, std::int32_t goal, std::int32_t measured) noexcept {
  const std::int32_t acting = ActingGoal(servo);
  if (servo.strains_to == 0) return GoalRelieves(goal, acting, measured);
  const std::int32_t pull = (goal - measured) * servo.strains_to;
  return pull <= 0 || pull < (acting - measured) * servo.strains_to;
}

// Whether `goal` goes out to a joint that is driven by positions, or to a wheel to which goals
// reach.
bool Passes(const ServoState& servo, const JointSample& sample, std::int32_t goal, MonoTime now,
            Nanos usual_current_gap) noexcept {
  if (servo.working.torque_enable != 1) return false;
  const bool position = servo.kind == JointKind::kPosition;
  if (position && !IsInServoRange(servo, goal)) return false;
  if (servo.goal_valid && goal == servo.goal_raw && !servo.goal_rewrite) return false;
  if (!GoalsReach(servo) || MayHaveTripped(servo, now, usual_current_gap)) {
    return position && MayYield(servo, goal, sample.position_raw, now);
  }
  return !position || (servo.status & kStatusOverload) == 0 ||
         Relieves(servo, goal, sample.position_raw);
}

// A joint that is outside of its servo's range cannot be held where it is: its servo drives it to
// the nearer end, or on to a goal beyond that. No further than the end is less than the latter.
std::int32_t AtTheEnd(const ServoState& servo, std::int32_t goal, std::int32_t measured) noexcept {
  const std::int32_t low = servo.stored.min_position;
  const std::int32_t high = servo.stored.max_position;
  if (servo.kind != JointKind::kPosition || low >= high) return goal;
  const std::int32_t end = std::clamp(goal, low, high);
  const std::int32_t pull = end - measured;
  const std::int32_t old_pull = ActingGoal(servo) - measured;
  const bool is_less = (pull > 0) == (old_pull > 0) && std::abs(pull) < std::abs(old_pull);
  return is_less ? end : goal;
}

// A servo leads its loop to a goal along a profile of its own, and goes on with that however far
// its joint is behind.
Nanos ProfileTime(const ServoState& servo, std::int32_t way_ticks) noexcept {
  constexpr double kTopSpeed_ticks_s = 3000;  // 4.6 rad/s; what register 46 = 0 asks for
  const double told_ticks_s = std::abs(servo.working.goal_speed) * SpeedUnit(servo);
  const double speed_ticks_s =
      told_ticks_s > 0 ? std::min(told_ticks_s, kTopSpeed_ticks_s) : kTopSpeed_ticks_s;
  const double acceleration_ticks_s2 = servo.working.acceleration * reg::kAcceleration.unit;
  double time_s = std::abs(way_ticks) / speed_ticks_s;
  if (acceleration_ticks_s2 > 0)
    time_s += 2 * speed_ticks_s / acceleration_ticks_s2;  // turns back first
  return Nanos(static_cast<std::int64_t>(time_s * 1e9));
}

void Sent(ServoState& servo, std::int32_t raw, MonoTime now) noexcept {
  constexpr int kLeap_ticks = 100;  // no target of ours goes so far from one tick to the next
  const std::int32_t way = raw - servo.working.goal_position;
  if (servo.kind == JointKind::kPosition && std::abs(way) > kLeap_ticks) {
    servo.profile_arrives_at = now + ProfileTime(servo, way);
  }
  GoalSent(servo, raw, now);
  servo.goal_let_go = false;
}

// Whether it stands, or will by what it was told.
bool IsReached(const ServoState& servo) noexcept {
  return IsKnownToRest(servo) ||
         (servo.kind == JointKind::kPosition && servo.health.misses() == 0 && !servo.doubt &&
          !HoldsNothing(servo));
}

// Whether it was told to stand where it understands that.
bool IsTold(const ServoState& servo) noexcept {
  const bool told = servo.kind == JointKind::kPosition || WasReadAtRest(servo);
  return told && servo.working.torque_enable == 1 && !HoldsNothing(servo);
}

// A gap that tells to which side an overloaded joint presses: less is noise, and no strain.
constexpr std::int32_t kStrains_ticks = 7;

// Keeps where to a joint pressed as it was overloaded: a goal that leads it the other way relieves
// it however far it goes, also of a servo that says OVERLOAD until its torque is switched off.
void WatchOverload(ServoState& servo, const JointSample& sample) noexcept {
  if ((servo.status & kStatusOverload) == 0) {
    servo.strains_to = 0;
  } else if (servo.strains_to == 0 && sample.misses == 0) {
    const std::int32_t ahead = ActingGoal(servo) - sample.position_raw;
    if (std::abs(ahead) >= kStrains_ticks) servo.strains_to = ahead > 0 ? 1 : -1;
  }
}

// Whether another program told a joint under torque to start and brake otherwise than torque-on
// does. One that is to brake gently runs on for radians, whatever its goal is: so that is told anew
// and not only named.
bool BrakesOtherwise(const ServoState& servo) noexcept {
  return servo.kind == JointKind::kPosition && servo.may_write && !servo.in_operation &&
         servo.expected_known && servo.working_reads > 0 && servo.working.torque_enable == 1 &&
         servo.health.misses() == 0 && servo.expected.acceleration == FastestAcceleration() &&
         servo.working.acceleration != servo.expected.acceleration;
}

// Keeps the time since when a joint runs that holds no place.
void WatchRunning(ServoState& servo, const JointSample& sample, MonoTime now) noexcept {
  if (sample.misses > 0) return;
  const bool strains =
      sample.faults.Has(Fault::kOverload) || sample.faults.Has(Fault::kCurrentTrip);
  const bool creeps = servo.stored.mode == kSpeedMode ? servo.working.goal_speed != 0
                                                      : now - servo.rested_since < kInsistAfter;
  const bool runs = HoldsNothing(servo) && servo.may_write && servo.working.torque_enable == 1 &&
                    (strains || creeps || std::abs(sample.velocity_rad_s) > kStill_rad_s);
  if (!runs) {
    servo.runs_since = {};
  } else if (servo.runs_since == MonoTime{}) {
    servo.runs_since = now;
  }
}

}  // namespace

JointMask AddGoals(std::span<const JointGoal> goals, std::span<const JointModel> joints,
                   std::span<const JointSample> samples, std::span<ServoState> servos, MonoTime now,
                   Nanos usual_current_gap, RequestBuilder& request) noexcept {
  Batch positions{reg::kGoalPosition, {}, {}};
  Batch speeds{reg::kGoalSpeed, {}, {}};
  Batch torques{reg::kTorqueEnable, {}, {}};
  Batch accelerations{reg::kAcceleration, {}, {}};
  std::int32_t raw[kMaxJoints] = {};
  for (std::size_t i = 0; i < servos.size() && i < goals.size(); ++i) {
    ServoState& servo = servos[i];
    WaitForRest(servo, goals[i], IsReached(servo), now);
    WatchOverload(servo, samples[i]);
    WatchRunning(servo, samples[i], now);
    WatchTurning(servo, goals[i], IsTold(servo), samples[i], now);
    if (BrakesOtherwise(servo)) accelerations.Add(i, servo.id, servo.expected.acceleration);
    if (servo.goals_barred) continue;
    if (servo.off_at_seam) {
      torques.Add(i, servo.id, 0);
      continue;
    }
    if (HoldsNothing(servo)) {  // of what reaches it only this helps
      const bool runs = servo.runs_since != MonoTime{} && now - servo.runs_since >= kInsistAfter;
      if (servo.rest_wanted_since != MonoTime{} || runs) torques.Add(i, servo.id, 0);
      continue;
    }
    const bool wheel = servo.kind == JointKind::kVelocity;
    const bool asked = goals[i].write && std::isfinite(goals[i].value);
    if (asked) {
      const std::int32_t goal = GoalRegister(joints[i], servo, goals[i].value);
      raw[i] = AtTheEnd(servo, goal, samples[i].position_raw);
    }
    if (asked && Passes(servo, samples[i], raw[i], now, usual_current_gap)) {
      (wheel ? speeds : positions).Add(i, servo.id, raw[i]);
    }
    if (DrivesItselfOn(servo, samples[i], now)) {
      torques.Add(i, servo.id, 0);
      continue;
    }
    if (!wheel || servo.rest_wanted_since == MonoTime{}) continue;
    const bool ramps = GoalsReach(servo) && servo.working.torque_enable == 1 && raw[i] != 0;
    // What it is asked to do on its way to rest reaches it.
    if (ramps) servo.rest_wanted_since = {};
    const bool torque_known = servo.working_reads > 0;
    if (torque_known && !ramps && (speeds.joints & MaskOf(i)) == 0) {
      raw[i] = 0;
      speeds.Add(i, servo.id, 0);
    }
    if (!torque_known || (!ramps && now - servo.rest_wanted_since >= kInsistAfter)) {
      torques.Add(i, servo.id, 0);
    }
  }
  const JointMask written = positions.AddTo(request) | speeds.AddTo(request);
  const JointMask limp = torques.AddTo(request);
  accelerations.AddTo(request);
  for (std::size_t i = 0; i < servos.size(); ++i) {
    if ((written & MaskOf(i)) != 0) Sent(servos[i], raw[i], now);
    if ((limp & MaskOf(i)) != 0) servos[i].torque_off_sent = true;
  }
  return written;
}

}  // namespace soarm::servo::feetech
