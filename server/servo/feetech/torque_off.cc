#include "server/servo/feetech/torque_off.h"

#include <bit>

#include "server/servo/feetech/working_check.h"

namespace soarm::servo::feetech {

void TorqueOff::Start(BusContext& bus, const BusOperationRequest& request) noexcept {
  Run(bus);
  joints_ = open_ = request.joints;
  said_ = {};
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if ((joints_ & MaskOf(i)) == 0) continue;
    ServoState& servo = bus.servos[i];
    servo.in_operation = servo.goals_barred = true;
    if (servo.release_wanted_since == MonoTime{}) servo.release_wanted_since = bus.clock.Now();
  }
}

void TorqueOff::AddToTick(BusContext& bus) noexcept {
  AddSyncWrite(bus, reg::kTorqueEnable, open_, {});
  fresh_.Restart(bus);
}

void TorqueOff::AfterTick(BusContext& bus, const BusTick& /*tick*/) noexcept { Judge(bus); }

Step TorqueOff::Next(BusContext& bus) noexcept {
  // Who did not answer in this tick is asked once more by itself.
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if ((open_ & MaskOf(i)) == 0 || fresh_.Has(bus, i)) continue;
    return {.kind = Step::Kind::kRead, .joint = i, .block = kWorkingBlock, .value = {}};
  }
  return {};
}

void TorqueOff::Take(BusContext& bus, const Step& /*step*/, const Answer& /*answer*/) noexcept {
  Judge(bus);
}

bool TorqueOff::IsBelieved(const ServoState& servo, std::size_t joint) noexcept {
  if (!servo.health.is_disordered()) return true;
  if (said_[joint] == 0) said_[joint] = servo.working_reads;
  return said_[joint] != servo.working_reads;
}

void TorqueOff::Judge(BusContext& bus) noexcept {
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    ServoState& servo = bus.servos[i];
    if ((open_ & MaskOf(i)) == 0 || !fresh_.Has(bus, i)) continue;
    if (servo.working.torque_enable != 0) said_[i] = 0;
    if (servo.working.torque_enable != 0 || !IsBelieved(servo, i)) continue;
    open_ &= ~MaskOf(i);
    servo.release_wanted_since = {};
  }
  if (open_ != 0 && !SearchedEnough(bus)) return;
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    ServoState& servo = bus.servos[i];
    if ((joints_ & MaskOf(i)) == 0) continue;
    servo.in_operation = servo.goals_barred = false;
    servo.goal_valid = false;
    if ((open_ & MaskOf(i)) == 0) {
      servo.expected.torque_enable = 0;
    } else {
      // Whatever it says when it answers again is where it starts from.
      servo.expected_known = false;
      DoubtWorking(servo);
    }
  }
  if (open_ == 0) {
    Succeed(joints_);
    return;
  }
  const auto joint = static_cast<std::size_t>(std::countr_zero(open_));
  BusOperationResult why = Refuse(BusRefusal::kVerifyFailed, joint, reg::kTorqueEnable, 0,
                                  bus.servos[joint].working.torque_enable);
  why.done = joints_ & ~open_;
  why.left = open_;
  Fail(why);
}

}  // namespace soarm::servo::feetech
