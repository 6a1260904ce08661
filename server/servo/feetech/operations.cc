#include "server/servo/feetech/operations.h"

namespace soarm::servo::feetech {

Operation<BusContext>* Operations::Find(BusOperation kind) noexcept {
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
  return slot_.Begin(bus, request, Find(request.kind));
}

}  // namespace soarm::servo::feetech
