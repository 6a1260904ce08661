#pragma once

#include <cstdint>

#include "server/servo/bus/operation.h"
#include "server/servo/feetech/bus_context.h"
#include "server/servo/feetech/registers.h"

namespace soarm::servo::feetech {

// An operation that may refuse because of a register.
class RegisterOperation : public Operation<BusContext> {
 protected:
  using Operation::Refuse;
  static BusOperationResult Refuse(BusRefusal refusal, std::size_t joint, const Register& reg,
                                   std::int32_t wanted, std::int32_t found) noexcept {
    return Refuse(refusal, joint, FactOf(reg, wanted, found));
  }
};

// kServoFault: what the servo's status byte says is wrong.
BusOperationResult RefusedByStatus(std::size_t joint, std::uint8_t status) noexcept;

// Adds `register := value(servo)` for all of `joints` to the tick's request.
void AddSyncWrite(BusContext& bus, const Register& reg, JointMask joints,
                  const std::int32_t (&values)[kMaxJoints]) noexcept;

// Register 48 for a fraction of the servo's maximum.
std::int32_t TorqueLimitRegister(const ServoState& servo, double fraction) noexcept;

}  // namespace soarm::servo::feetech
