#include "server/servo/feetech/clear_fault.h"

#include <cmath>

#include "server/servo/feetech/sample_decode.h"
#include "server/servo/feetech/working_check.h"

namespace soarm::servo::feetech {

using Bound = RegisterFact::Bound;

void ClearFault::Start(BusContext& bus, const BusOperationRequest& request) noexcept {
  Run(bus);
  joints_ = request.joints;
  fresh_.Restart(bus);
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if ((joints_ & MaskOf(i)) != 0) bus.servos[i].in_operation = true;
  }
}

void ClearFault::AddToTick(BusContext& bus) noexcept {
  JointMask open = 0;
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    const ServoState& servo = bus.servos[i];
    if ((joints_ & MaskOf(i)) != 0 && servo.unlocked && servo.may_write) open |= MaskOf(i);
  }
  constexpr std::int32_t kClosed[kMaxJoints] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  if (open != 0) AddSyncWrite(bus, reg::kLock, open, kClosed);
}

void ClearFault::AfterTick(BusContext& bus, const BusTick& /*tick*/) noexcept {
  if (!fresh_.HasAll(bus, joints_) && !SearchedEnough(bus)) return;
  for (std::size_t i = 0; i < bus.servos.size() && running(); ++i) {
    if ((joints_ & MaskOf(i)) == 0) continue;
    if (!fresh_.Has(bus, i)) {
      Fail(Refuse(BusRefusal::kServoMissing, i));
    } else if (!Clear(bus, i)) {
      break;
    }
  }
  Finish(bus);
}

bool ClearFault::Clear(BusContext& bus, std::size_t joint) noexcept {
  ServoState& servo = bus.servos[joint];
  const double current_a = std::abs(bus.samples[joint].current_a);
  const double limit_a = servo.stored.protection_current * reg::kProtectionCurrent.unit;
  if (servo.stored.protection_current != 0 && current_a >= limit_a) {
    const auto found = static_cast<std::int32_t>(std::lround(current_a / reg::kCurrent.unit));
    Fail(Refuse(BusRefusal::kServoFault, joint,
                FactOf(reg::kCurrent, servo.stored.protection_current, found, Bound::kAtMost)));
    return false;
  }
  if ((servo.status & ~kStatusOverCurrent) != 0) {
    Fail(RefusedByStatus(joint, servo.status));
    return false;
  }
  servo.latched = {};
  servo.acknowledged_status = servo.status;
  servo.goal_mismatches = 0;
  servo.expected = servo.working;
  servo.expected_known = true;
  servo.verified = true;
  servo.doubt = false;
  return true;
}

void ClearFault::Finish(BusContext& bus) noexcept {
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if ((joints_ & MaskOf(i)) != 0) bus.servos[i].in_operation = false;
  }
  if (running()) Succeed();
}

}  // namespace soarm::servo::feetech
