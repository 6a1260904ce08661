#include "tests/fakes/fake_bus.h"

#include <algorithm>
#include <cmath>

namespace soarm {

FakeBus::FakeBus(const RobotModel& model, const Clock& clock) : clock_(clock) {
  for (JointModel joint : model.joints) {
    joint.calibrated = true;
    models_.push_back(joint);
  }
  writes.reserve(100000);
  begun.reserve(1000);
}

absl::Status FakeBus::Open() {
  if (!present) return absl::UnavailableError("nothing there");
  open_ = true;
  ++opens;
  stepped_at_ = clock_.Now();
  result_ = {};
  return absl::OkStatus();
}

void FakeBus::SetTorque(bool on) {
  for (Joint& joint : joints_) {
    joint.torque = on;
    joint.goal = joint.position_rad + joint.sag_rad;
  }
}

void FakeBus::Tell(std::size_t i, const Place& place, JointSample& sample) const noexcept {
  const JointModel& model = models_[i];
  const Joint& joint = joints_[i];
  const bool wheel = model.kind == JointKind::kVelocity;
  sample.sampled_at = clock_.Now();
  sample.position_raw =
      static_cast<std::int32_t>(std::lround(model.RawFromRad(place.position_rad)));
  sample.position_rad = model.RadFromRaw(sample.position_raw);
  sample.velocity_rad_s = place.velocity_rad_s;
  sample.torque_on = joint.torque;
  sample.full_drive_rad = joint.full_drive_rad;
  const double goal_raw =
      wheel ? model.sign * joint.goal / kRadPerTick : model.RawFromRad(joint.goal);
  sample.goal_raw = static_cast<std::int32_t>(std::lround(goal_raw));
  sample.goal_rad = wheel ? joint.goal : model.RadFromRaw(sample.goal_raw);
}

BusTick FakeBus::Exchange(std::span<const JointGoal> goals, std::span<JointSample> samples,
                          MonoTime /*deadline*/) noexcept {
  BusTick tick;
  if (!present || !open_) {
    tick.lost = true;
    return tick;
  }
  tick.reopen = reopen;
  const MonoTime now = clock_.Now();
  const double dt_s = ToSeconds(now - stepped_at_);
  stepped_at_ = now;
  StepOperation();
  for (std::size_t i = 0; i < models_.size(); ++i) {
    Joint& joint = joints_[i];
    const bool wheel = models_[i].kind == JointKind::kVelocity;
    joint.torque = joint.torque && !joint.tripped;
    if (goals[i].write && !joint.barred) {
      if (!joint.torque) ++written_while_limp;
      joint.torque = !joint.tripped;  // as firmware 3.10 does
      joint.goal = goals[i].value;
      if (joint.writes > 0 && dt_s > 0) {
        joint.fastest_rad_s =
            std::max(joint.fastest_rad_s, std::abs(goals[i].value - joint.last_written) / dt_s);
      }
      joint.last_written = goals[i].value;
      ++joint.writes;
      tick.written |= MaskOf(i);
      if (record && writes.size() < writes.capacity()) {
        writes.push_back({now, static_cast<JointIndex>(i), goals[i].value});
      }
    }
    if (wheel && goals[i].must_rest && joint.barred) joint.goal = 0;
    if (joint.torque && wheel) {
      joint.velocity_rad_s = joint.goal;
      joint.position_rad += joint.velocity_rad_s * dt_s;
    } else if (joint.torque) {
      const double target = std::min(joint.goal - joint.sag_rad, joint.block_at_rad);
      const double before = joint.position_rad;
      joint.position_rad += (target - before) * (1.0 - std::exp(-dt_s / lag_s));
      joint.velocity_rad_s = dt_s > 0 ? (joint.position_rad - before) / dt_s : 0;
    } else {
      joint.velocity_rad_s = 0;
    }
    JointSample& sample = samples[i];
    if (joint.silent || late) {
      if (joint.opening_read && sample.sampled_at == MonoTime{}) {
        Tell(i, *joint.opening_read, sample);
      }
      if (!late) {
        ++sample.misses;
        ++tick.answers_missed;
      }
      continue;
    }
    Tell(i, {joint.position_rad, joint.velocity_rad_s}, sample);
    sample.misses = 0;
    sample.goal_written = sample.goal_written || (goals[i].write && !joint.barred);
    sample.writable = !joint.barred;
    sample.goal_confirmed = true;
    sample.overload_drive_rad = joint.overload_drive_rad;
    sample.faults.bits = joint.faults | joint.standing_faults;
    tick.answered |= MaskOf(i);
  }
  tick.late = late;
  tick.adapter = adapter;
  return tick;
}

BusRefusal FakeBus::Begin(const BusOperationRequest& request) noexcept {
  const bool running = result_.phase == BusOperationResult::Phase::kRunning;
  if (running && request.kind != BusOperation::kReleaseTorque) return BusRefusal::kBusy;
  if (begun.size() < begun.capacity()) begun.push_back(request);
  request_ = request;
  result_ = {};
  result_.phase = BusOperationResult::Phase::kRunning;
  ticks_left_ = operation_ticks;
  return BusRefusal::kNone;
}

void FakeBus::StepOperation() noexcept {
  using Phase = BusOperationResult::Phase;
  if (result_.phase != Phase::kRunning) return;
  if (request_.kind == BusOperation::kReleaseTorque) {  // at once; the rest is reading it back
    for (std::size_t i = 0; i < models_.size(); ++i) {
      if ((request_.joints & MaskOf(i)) != 0) joints_[i].torque = false;
    }
  }
  if (--ticks_left_ > 0 || !may_end()) return;
  result_.phase = Phase::kDone;
  for (std::size_t i = 0; i < models_.size(); ++i) {
    Joint& joint = joints_[i];
    if ((request_.joints & MaskOf(i)) == 0) continue;
    const auto fail = [&](BusRefusal refusal) {
      result_.phase = Phase::kFailed;
      result_.refusal = refusal;
      result_.joint = static_cast<JointIndex>(i);
      if (request_.kind != BusOperation::kEnableTorque) return;
      for (std::size_t j = 0; j < i; ++j) {  // what this call energised is released again
        if ((request_.joints & MaskOf(j)) != 0) joints_[j].torque = false;
      }
    };
    switch (request_.kind) {
      case BusOperation::kNone:
      case BusOperation::kStoreCalibration:  // no joint of the fake stores anything
        break;
      case BusOperation::kEnableTorque:
        if (joint.refuse_enable) return fail(BusRefusal::kServoFault);
        if (joint.silent) return fail(BusRefusal::kServoMissing);
        joint.torque = true;
        joint.goal = models_[i].kind == JointKind::kVelocity ? 0 : joint.position_rad;
        joint.torque_fraction = request_.torque_fraction;
        break;
      case BusOperation::kPrepareTorque:
        if (joint.refuse_enable) {
          fail(BusRefusal::kServoFault);
          break;
        }
        result_.done |= MaskOf(i);
        if (joint.torque) joint.torque_fraction = request_.torque_fraction;
        break;
      case BusOperation::kReleaseTorque:
        if (unconfirmed || joint.silent) {
          fail(BusRefusal::kVerifyFailed);
          break;
        }
        result_.done |= MaskOf(i);
        break;
      case BusOperation::kSetTorqueLimit:
        joint.torque_fraction = request_.torque_fraction;
        break;
      case BusOperation::kClearFault:
        joint.faults = 0;
        break;
    }
  }
}

}  // namespace soarm
