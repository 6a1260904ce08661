#include "server/servo/feetech/torque_limit.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "server/servo/feetech/working_check.h"

namespace soarm::servo::feetech {

void TorqueLimit::Start(BusContext& bus, const BusOperationRequest& request) noexcept {
  Run(bus);
  joints_ = open_ = request.joints;
  undecided_ = 0;
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if ((joints_ & MaskOf(i)) == 0) continue;
    bus.servos[i].in_operation = true;
    limits_[i] = TorqueLimitRegister(bus.servos[i], request.torque_fraction);
    if (bus.servos[i].working.torque_limit < limits_[i]) undecided_ |= MaskOf(i);
  }
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if ((joints_ & ~undecided_ & MaskOf(i)) != 0) Decide(bus.servos[i], i);
  }
  fresh_.Restart(bus);
}

void TorqueLimit::Decide(ServoState& servo, std::size_t joint) noexcept {
  undecided_ &= ~MaskOf(joint);
  const std::int32_t found = servo.working.torque_limit;
  if (found != servo.own_limit && found != servo.own_limit_before) {
    limits_[joint] = std::min(limits_[joint], found);
  } else if (limits_[joint] != servo.own_limit) {
    servo.own_limit_before = std::exchange(servo.own_limit, limits_[joint]);
  }
}

void TorqueLimit::AddToTick(BusContext& bus) noexcept {
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if ((undecided_ & MaskOf(i)) != 0 && fresh_.Has(bus, i)) Decide(bus.servos[i], i);
  }
  AddSyncWrite(bus, reg::kTorqueLimit, open_ & ~undecided_, limits_);
  fresh_.Restart(bus);
}

void TorqueLimit::AfterTick(BusContext& bus, const BusTick& /*tick*/) noexcept {
  JointMask unread = 0;
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if ((open_ & MaskOf(i)) == 0) continue;
    if (!fresh_.Has(bus, i)) {
      unread |= MaskOf(i);
    } else if ((undecided_ & MaskOf(i)) == 0 && bus.servos[i].working.torque_limit == limits_[i]) {
      open_ &= ~MaskOf(i);
    }
  }
  if (open_ != 0 && !SearchedEnough(bus)) return;
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if ((joints_ & MaskOf(i)) == 0) continue;
    ServoState& servo = bus.servos[i];
    servo.in_operation = false;
    servo.expected.torque_limit = servo.working.torque_limit;
    if ((open_ & MaskOf(i)) != 0) DoubtWorking(servo);
  }
  if (open_ == 0) {
    Succeed();
    return;
  }
  const auto joint = static_cast<std::size_t>(std::countr_zero(open_));
  if ((unread & MaskOf(joint)) != 0) {
    Fail(Refuse(BusRefusal::kServoMissing, joint));
  } else {
    Fail(Refuse(BusRefusal::kReadBackDiffers, joint, reg::kTorqueLimit, limits_[joint],
                bus.servos[joint].working.torque_limit));
  }
}

}  // namespace soarm::servo::feetech
