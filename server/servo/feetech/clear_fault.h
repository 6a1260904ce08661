#pragma once

#include <optional>

#include "server/servo/feetech/register_operation.h"

namespace soarm::servo::feetech {

// kClearFault: ends the faults that the driver latched, once a fresh reading makes sense again.
// It writes nothing but the lock of a servo that was found open (register 55): a servo that lost
// its torque stays limp until kEnableTorque. A status bit that is set tells of a cause that
// persists, and refuses; the other joints are cleared all the same. Not so over-current: it counts
// as seen, so that kEnableTorque may switch the servo on again, and only switching it on clears
// that bit.
class ClearFault final : public RegisterOperation {
 public:
  void Start(BusContext& bus, const BusOperationRequest& request) noexcept override;
  void AddToTick(BusContext& bus) noexcept override;
  void AfterTick(BusContext& bus, const BusTick& tick) noexcept override;

 private:
  // Why not, if not.
  std::optional<BusOperationResult> Clear(BusContext& bus, std::size_t joint) const noexcept;

  JointMask joints_ = 0;
  FreshReadings fresh_;
};

}  // namespace soarm::servo::feetech
