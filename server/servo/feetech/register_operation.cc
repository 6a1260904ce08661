#include "server/servo/feetech/register_operation.h"

#include <algorithm>
#include <cmath>

#include "server/servo/feetech/sample_decode.h"

namespace soarm::servo::feetech {

BusOperationResult RefusedByStatus(std::size_t joint, std::uint8_t status) noexcept {
  return {.refusal = BusRefusal::kServoFault,
          .joint = static_cast<JointIndex>(joint),
          .fact = FactOf(reg::kStatus, 0, status),
          .faults = FaultsOfStatus(status)};
}

void AddSyncWrite(BusContext& bus, const Register& reg, JointMask joints,
                  const std::int32_t (&values)[kMaxJoints]) noexcept {
  PerJoint<std::uint8_t> ids;
  InlineVector<std::uint8_t, 2 * kMaxJoints> data;
  for (std::size_t i = 0; i < bus.servos.size(); ++i) {
    RegisterBytes bytes;
    if ((joints & MaskOf(i)) == 0 || !EncodeRegister(reg, values[i], bytes)) continue;
    ids.push_back(bus.servos[i].id);
    for (const std::uint8_t byte : bytes.span()) data.push_back(byte);
  }
  bus.requests.SyncWrite(reg.address, reg.width, ids, data);
}

std::int32_t TorqueLimitRegister(const ServoState& servo, double fraction) noexcept {
  const double part = std::isfinite(fraction) ? std::clamp(fraction, 0.0, 1.0) : 0.0;
  return static_cast<std::int32_t>(std::lround(part * servo.stored.max_torque));
}

}  // namespace soarm::servo::feetech
