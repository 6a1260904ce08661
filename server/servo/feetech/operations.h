#pragma once

#include "server/servo/bus/operation_slot.h"
#include "server/servo/feetech/clear_fault.h"
#include "server/servo/feetech/store_calibration.h"
#include "server/servo/feetech/torque_limit.h"
#include "server/servo/feetech/torque_off.h"
#include "server/servo/feetech/torque_on.h"

namespace soarm::servo::feetech {

// The bus's operations, of which at most one runs.
//
// Real time  every function.
class Operations {
 public:
  BusRefusal Begin(BusContext& bus, const BusOperationRequest& request) noexcept;
  // Ends whatever runs: the bus is gone.
  void Abandon() noexcept { slot_.Abandon(); }
  void Reset() noexcept { slot_.Reset(); }

  // The running one, or nullptr.
  Operation<BusContext>* running() noexcept { return slot_.running(); }
  const BusOperationResult& result() const noexcept { return slot_.result(); }

 private:
  Operation<BusContext>* Find(BusOperation kind) noexcept;

  TorqueOn torque_on_;
  TorqueOff torque_off_;
  TorqueLimit torque_limit_;
  ClearFault clear_fault_;
  StoreCalibration store_calibration_;
  OperationSlot<BusContext> slot_;
};

}  // namespace soarm::servo::feetech
