#include "server/servo/feetech/operations.h"

#include "server/servo/feetech/transport.h"
#include "server/servo/feetech/working_check.h"

namespace soarm::servo::feetech {

Operation* Operations::Find(BusOperation kind) noexcept {
  switch (kind) {
    case BusOperation::kNone:
      return nullptr;
    case BusOperation::kEnableTorque:
    case BusOperation::kPrepareTorque:
      return &torque_on_;
    case BusOperation::kReleaseTorque:
      return &torque_off_;
    case BusOperation::kSetTorqueLimit:
      return &torque_limit_;
    case BusOperation::kClearFault:
      return &clear_fault_;
    case BusOperation::kStoreCalibration:
      return &store_calibration_;
  }
  return nullptr;
}

BusRefusal Operations::Begin(BusContext& bus, const BusOperationRequest& request) noexcept {
  const bool release = request.kind == BusOperation::kReleaseTorque;
  const bool drives =
      request.kind != BusOperation::kClearFault && request.kind != BusOperation::kStoreCalibration;
  BusOperationRequest checked = request;
  checked.joints &= MaskOf(bus.servos.size()) - 1;
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    const bool meant = (checked.joints & MaskOf(i)) != 0;
    if (drives && meant && !bus.servos[i].may_write) return BusRefusal::kReadOnly;
  }
  const bool energises = request.kind == BusOperation::kEnableTorque;
  if (energises && bus.transport_delay > kSlowestToDrive) return BusRefusal::kSlowTransport;
  Operation* const wanted = Find(request.kind);
  if (wanted == nullptr) return BusRefusal::kNone;
  if (Operation* const other = running(); other != nullptr) {
    if (!release || !other->yields_to_release()) return BusRefusal::kBusy;
    // A release does not wait for another one's silent joints: it goes on with both's.
    const bool adds = (checked.joints & ~other->to_release()) != 0;
    if (other == wanted && !adds) return BusRefusal::kBusy;
    checked.joints |= other->to_release();
    for (ServoState& servo : bus.servos) {
      if (!servo.in_operation) continue;
      servo.in_operation = servo.goals_barred = false;
      servo.expected_known = false;  // half prepared: what it says next is where it starts from
      DoubtWorking(servo);
    }
  }
  newest_ = wanted;
  newest_->Start(bus, checked);
  return BusRefusal::kNone;
}

void Operations::Abandon() noexcept {
  if (running() == nullptr) return;
  outside_ = {.phase = BusOperationResult::Phase::kFailed, .refusal = BusRefusal::kBusLost};
  newest_ = nullptr;
}

void Operations::Reset() noexcept {
  newest_ = nullptr;
  outside_ = {};
}

Operation* Operations::running() noexcept {
  return newest_ != nullptr && newest_->running() ? newest_ : nullptr;
}

const BusOperationResult& Operations::result() const noexcept {
  return newest_ != nullptr ? newest_->result() : outside_;
}

}  // namespace soarm::servo::feetech
