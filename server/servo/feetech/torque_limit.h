#pragma once

#include "server/servo/feetech/register_operation.h"

namespace soarm::servo::feetech {

// kSetTorqueLimit: register 48 of all joints in one packet, read back. Goals keep flowing.
class TorqueLimit final : public RegisterOperation {
 public:
  void Start(BusContext& bus, const BusOperationRequest& request) noexcept override;
  void AddToTick(BusContext& bus) noexcept override;
  void AfterTick(BusContext& bus, const BusTick& tick) noexcept override;

 private:
  JointMask joints_ = 0;
  JointMask open_ = 0;
  std::int32_t limits_[kMaxJoints] = {};
  FreshReadings fresh_;
};

}  // namespace soarm::servo::feetech
