#include "server/servo/feetech/clear_fault.h"

#include <cmath>

#include "server/servo/feetech/sample_decode.h"
#include "server/servo/feetech/working_check.h"

namespace soarm::servo::feetech {

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
  std::optional<BusOperationResult> first;
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    if ((joints_ & MaskOf(i)) == 0) continue;
    const std::optional<BusOperationResult> refused = Clear(bus, i);
    if (!first) first = refused;
    bus.servos[i].in_operation = false;
  }
  if (first) return Fail(*first);
  Succeed();
}

std::optional<BusOperationResult> ClearFault::Clear(BusContext& bus,
                                                    std::size_t joint) const noexcept {
  if (!fresh_.Has(bus, joint)) return Refuse(BusRefusal::kServoMissing, joint);
  ServoState& servo = bus.servos[joint];
  const double current_a = std::abs(bus.samples[joint].current_a);
  const double limit_a = servo.stored.protection_current * reg::kProtectionCurrent.unit;
  if (servo.stored.protection_current != 0 && current_a >= limit_a) {
    const auto found = static_cast<std::int32_t>(std::lround(current_a / reg::kCurrent.unit));
    return Refuse(BusRefusal::kServoFault, joint,
                  FactOf(reg::kCurrent, servo.stored.protection_current, found, Bound::kAtMost));
  }
  if ((servo.status & ~kStatusOverCurrent) != 0) return RefusedByStatus(joint, servo.status);
  servo.latched = {};
  servo.acknowledged_status = servo.status;
  servo.goal_mismatches = 0;
  servo.expected = servo.working;
  servo.expected_known = true;
  servo.verified = true;
  servo.doubt = false;
  return std::nullopt;
}

}  // namespace soarm::servo::feetech
