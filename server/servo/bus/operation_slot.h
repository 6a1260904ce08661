#pragma once

#include "server/core/actuator_bus.h"
#include "server/servo/bus/operation.h"
#include "server/servo/bus/servo_record.h"

namespace soarm::servo {

// The one operation that a bus runs, if any. Which object does an operation's work its family says.
//
// Real time  every function.
template <typename Bus>
class OperationSlot {
 public:
  // Starts `wanted`, nullptr for nothing, if what runs and the roles allow it.
  BusRefusal Begin(Bus& bus, const BusOperationRequest& request, Operation<Bus>* wanted) noexcept {
    const bool release = request.kind == BusOperation::kReleaseTorque;
    const bool drives = request.kind != BusOperation::kClearFault &&
                        request.kind != BusOperation::kStoreCalibration;
    BusOperationRequest checked = request;
    checked.joints &= MaskOf(bus.servos.size()) - 1;
    for (std::size_t i = 0; i < bus.servos.size(); ++i) {
      const bool meant = (checked.joints & MaskOf(i)) != 0;
      if (drives && meant && !bus.servos[i].may_write) return BusRefusal::kReadOnly;
    }
    const bool energises = request.kind == BusOperation::kEnableTorque;
    if (energises && !bus.transport().lets_drive()) return BusRefusal::kSlowTransport;
    if (wanted == nullptr) return BusRefusal::kNone;
    if (Operation<Bus>* const other = running(); other != nullptr) {
      if (!release || !other->yields_to_release()) return BusRefusal::kBusy;
      // A release does not wait for another one's silent joints: it goes on with both's.
      const bool adds = (checked.joints & ~other->to_release()) != 0;
      if (other == wanted && !adds) return BusRefusal::kBusy;
      checked.joints |= other->to_release();
      for (ServoRecord& servo : bus.servos) {
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

  // Ends whatever runs: the bus is gone.
  void Abandon() noexcept {
    if (running() == nullptr) return;
    outside_ = {.phase = BusOperationResult::Phase::kFailed, .refusal = BusRefusal::kBusLost};
    newest_ = nullptr;
  }
  void Reset() noexcept {
    newest_ = nullptr;
    outside_ = {};
  }

  // The running one, or nullptr.
  Operation<Bus>* running() noexcept {
    return newest_ != nullptr && newest_->running() ? newest_ : nullptr;
  }
  const BusOperationResult& result() const noexcept {
    return newest_ != nullptr ? newest_->result() : outside_;
  }

 private:
  Operation<Bus>* newest_ = nullptr;
  BusOperationResult outside_;  // the result while there is no newest
};

}  // namespace soarm::servo
