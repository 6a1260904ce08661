#pragma once

#include <array>

#include "server/servo/feetech/register_operation.h"

namespace soarm::servo::feetech {

// kReleaseTorque: switches torque off in the very next tick and confirms it by reading back. Sent
// again to those that are not confirmed, a servo that does not answer included; who stays
// unconfirmed is reported, after all others were seen to.
class TorqueOff final : public RegisterOperation {
 public:
  void Start(BusContext& bus, const BusOperationRequest& request) noexcept override;
  void AddToTick(BusContext& bus) noexcept override;
  void AfterTick(BusContext& bus, const BusTick& tick) noexcept override;
  JointMask to_release() const noexcept override { return joints_; }
  Step Next(BusContext& bus) noexcept override;
  void Take(BusContext& bus, const Step& step, const Answer& answer) noexcept override;

 private:
  void Judge(BusContext& bus) noexcept;
  // A servo whose answers come damaged has to say twice that it is limp: of 256 of them one passes
  // its checksum.
  bool IsBelieved(const ServoState& servo, std::size_t joint) noexcept;

  JointMask joints_ = 0;
  JointMask open_ = 0;  // not confirmed yet
  FreshReadings fresh_;
  std::array<std::uint32_t, kMaxJoints> said_{};  // which reading said so first; 0: none has
};

}  // namespace soarm::servo::feetech
