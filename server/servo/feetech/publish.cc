#include "server/servo/feetech/publish.h"

#include <algorithm>

#include "server/servo/feetech/acting_goal.h"
#include "server/servo/feetech/goal_list.h"
#include "server/servo/feetech/sample_decode.h"
#include "server/servo/feetech/working_check.h"

namespace soarm::servo::feetech {
namespace {

constexpr double kWarnsBefore_c = 10;

FaultSet FaultsOf(const JointModel& joint, const ServoState& servo, MonoTime now) noexcept {
  FaultSet faults = FaultsOfStatus(servo.status);
  faults.bits |= servo.latched.bits | servo.health.faults().bits;
  if (servo.goal_mismatches >= kMismatchesToFault) faults.Set(Fault::kGoalMismatch);
  if (servo.known && !joint.calibrated) faults.Set(Fault::kUncalibrated);
  if (IsInOtherMode(servo)) {
    faults.Set(Fault::kWrongMode);
  } else if (joint.unfit.any()) {
    faults.Set(Fault::kUnfitSetting);
  }
  // Of a servo that is ours to lock; LeRobot leaves every leader open, for good.
  if (servo.unlocked && servo.may_write) faults.Set(Fault::kUnlocked);
  if (IsStopOverdue(servo, now)) faults.Set(Fault::kStopUnconfirmed);
  return faults;
}

}  // namespace

void PublishSamples(std::span<const JointModel> joints, std::span<const ServoState> servos,
                    std::span<JointSample> samples, MonoTime now) noexcept {
  const auto suspects = std::ranges::count_if(
      servos, [](const ServoState& servo) { return servo.health.shares_its_id(); });
  for (std::size_t i = 0; i < servos.size(); ++i) {
    const ServoState& servo = servos[i];
    JointSample& sample = samples[i];
    const bool wheel = servo.kind == JointKind::kVelocity;
    sample.torque_on = servo.working.torque_enable == 1;  // 2 only damps
    sample.goal_written = servo.goal_valid;
    sample.goal_confirmed = servo.working_reads > 0 && !servo.goal_unread;
    sample.goal_stored = wheel || !servo.goal_let_go;
    sample.goal_doubted = servo.says != ServoState::Says::kNothing;
    sample.goal_raw = GoalTicks(servo, wheel ? servo.working.goal_speed : ActingGoal(servo));
    sample.goal_rad = wheel ? joints[i].sign * sample.goal_raw * kRadPerTick
                            : joints[i].RadFromRaw(sample.goal_raw);
    sample.full_drive_rad = FullDriveTicks(servo) * kRadPerTick;
    sample.overload_drive_rad = OverloadDriveTicks(servo) * kRadPerTick;
    sample.writable = GoalsReach(servo) && sample.misses == 0;
    sample.faults = FaultsOf(joints[i], servo, now);
    // Of several at once it is noise.
    const bool twins = suspects == 1 && servo.health.shares_its_id();
    sample.faults.Assign(Fault::kDuplicateId, twins);
    const bool heats = joints[i].max_temperature_c > 0 && sample.sampled_at != MonoTime{};
    if (heats && sample.temperature_c >= joints[i].max_temperature_c - kWarnsBefore_c) {
      sample.faults.Set(Fault::kHot);
    }
    sample.damaged_share = servo.health.damaged_share();
  }
}

}  // namespace soarm::servo::feetech
