#pragma once

#include "server/servo/feetech/register_operation.h"

namespace soarm::servo::feetech {

// kSetTorqueLimit: register 48 of all joints in one packet, read back. Goals keep flowing. Nothing
// is raised but what we have lowered: a joint that another program has weakened may be on its way
// to a goal of that program's, and leaps there with more torque. Torque-on sees to it.
class TorqueLimit final : public RegisterOperation {
 public:
  void Start(BusContext& bus, const BusOperationRequest& request) noexcept override;
  void AddToTick(BusContext& bus) noexcept override;
  void AfterTick(BusContext& bus, const BusTick& tick) noexcept override;

 private:
  void Decide(ServoState& servo, std::size_t joint) noexcept;

  JointMask joints_ = 0;
  JointMask undecided_ = 0;  // what they have now may be a lower limit, and has to be read anew
  JointMask open_ = 0;
  std::int32_t limits_[kMaxJoints] = {};
  FreshReadings fresh_;
};

}  // namespace soarm::servo::feetech
