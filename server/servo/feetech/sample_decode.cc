#include "server/servo/feetech/sample_decode.h"

#include "server/servo/feetech/registers.h"

namespace soarm::servo::feetech {
namespace {

bool Covers(Block block, const Register& reg) noexcept {
  return Covers(block, Block{reg.address, reg.width});
}

double Scaled(const Register& reg, Block block, std::span<const std::uint8_t> data) noexcept {
  return DecodeFrom(reg, block.address, data) * reg.unit;
}

}  // namespace

FaultSet FaultsOfStatus(std::uint8_t status) noexcept {
  FaultSet faults;
  faults.Assign(Fault::kSupplyVoltage, (status & kStatusSupply) != 0);
  faults.Assign(Fault::kEncoder, (status & kStatusEncoder) != 0);
  faults.Assign(Fault::kOverTemperature, (status & kStatusTemperature) != 0);
  faults.Assign(Fault::kOverCurrent, (status & kStatusOverCurrent) != 0);
  faults.Assign(Fault::kOverload, (status & kStatusOverload) != 0);
  faults.Assign(Fault::kServoStatus, (status & kStatusOther) != 0);
  return faults;
}

std::uint8_t BlockingStatus(const ServoState& servo) noexcept {
  return BlockingStatus(servo, servo.status);
}

std::uint8_t BlockingStatus(const ServoState& servo, std::uint8_t status) noexcept {
  unsigned mask = kStatusEncoder | kStatusTemperature | kStatusOverCurrent;
  if ((servo.stored.unload_mask & kStatusSupply) != 0) mask |= kStatusSupply;
  return static_cast<std::uint8_t>(status & mask);
}

void DecodeFeedback(const JointModel& joint, const ServoState& servo, Block block,
                    std::span<const std::uint8_t> data, JointSample& sample) noexcept {
  if (Covers(block, reg::kPosition)) {
    sample.position_raw = DecodeFrom(reg::kPosition, block.address, data);
    sample.position_rad = joint.RadFromRaw(sample.position_raw);
  }
  if (Covers(block, reg::kSpeed)) {
    const double unit = (servo.stored.phase & kPhaseFineSpeedUnit) != 0 ? 1.0 : 50.0;
    sample.velocity_rad_s = joint.sign * Scaled(reg::kSpeed, block, data) * unit * kRadPerTick;
  }
  if (Covers(block, reg::kLoad)) sample.load = joint.sign * Scaled(reg::kLoad, block, data);
  if (Covers(block, reg::kVoltage)) sample.voltage_v = Scaled(reg::kVoltage, block, data);
  if (Covers(block, reg::kTemperature)) {
    sample.temperature_c = Scaled(reg::kTemperature, block, data);
  }
  if (Covers(block, reg::kMoving)) {
    sample.moving = DecodeFrom(reg::kMoving, block.address, data) != 0;
  }
  if (Covers(block, reg::kCurrent)) {
    sample.current_a = joint.sign * Scaled(reg::kCurrent, block, data);
  }
}

}  // namespace soarm::servo::feetech
