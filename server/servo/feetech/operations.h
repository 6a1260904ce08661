#pragma once

#include "server/servo/feetech/clear_fault.h"
#include "server/servo/feetech/store_calibration.h"
#include "server/servo/feetech/torque_limit.h"
#include "server/servo/feetech/torque_off.h"
#include "server/servo/feetech/torque_on.h"

namespace soarm::servo::feetech {

// The bus's operations and which of them runs; at most one.
//
// Real time  every function.
class Operations {
 public:
  BusRefusal Begin(BusContext& bus, const BusOperationRequest& request) noexcept;
  // Ends whatever runs: the bus is gone.
  void Abandon() noexcept;
  void Reset() noexcept;

  // The running one, or nullptr.
  Operation* running() noexcept;
  const BusOperationResult& result() const noexcept;

 private:
  Operation* Find(BusOperation kind) noexcept;

  TorqueOn torque_on_;
  TorqueOff torque_off_;
  TorqueLimit torque_limit_;
  ClearFault clear_fault_;
  StoreCalibration store_calibration_;
  Operation* newest_ = nullptr;
  BusOperationResult outside_;  // the result while there is no newest
};

}  // namespace soarm::servo::feetech
