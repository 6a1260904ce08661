#include "server/servo/feetech/registers.h"

#include <cstdlib>

namespace soarm::servo::feetech {
namespace {

constexpr Register kAll[] = {
    reg::kFirmwareMajor,  reg::kFirmwareMinor,
    reg::kModel,          reg::kId,
    reg::kBaudCode,       reg::kReturnDelay,
    reg::kResponseLevel,  reg::kMinPosition,
    reg::kMaxPosition,    reg::kMaxTemperature,
    reg::kMaxVoltage,     reg::kMinVoltage,
    reg::kMaxTorque,      reg::kPhase,
    reg::kUnloadMask,     reg::kLedMask,
    reg::kPositionP,      reg::kPositionD,
    reg::kPositionI,      reg::kDeadZonePlus,
    reg::kDeadZoneMinus,  reg::kProtectionCurrent,
    reg::kAngleFactor,    reg::kOffset,
    reg::kMode,           reg::kProtectiveTorque,
    reg::kProtectionTime, reg::kOverloadTorque,
    reg::kSpeedP,         reg::kOverCurrentTime,
    reg::kTorqueEnable,   reg::kAcceleration,
    reg::kGoalPosition,   reg::kGoalPwm,
    reg::kGoalSpeed,      reg::kTorqueLimit,
    reg::kLock,           reg::kPosition,
    reg::kSpeed,          reg::kLoad,
    reg::kVoltage,        reg::kTemperature,
    reg::kStatus,         reg::kMoving,
    reg::kGoalCopy,       reg::kCurrent,
    reg::kMaxSpeed,       reg::kMaxAcceleration,
};

constexpr int kOffsetStep = 2048;  // worth of bit 12 in the offset's code

std::int32_t FromCode(const Register& reg, std::uint32_t code) noexcept {
  switch (reg.sign) {
    case SignRule::kUnsigned:
      return static_cast<std::int32_t>(code);
    case SignRule::kSignMagnitude: {
      const std::uint32_t sign = 1U << reg.sign_bit;
      const auto magnitude = static_cast<std::int32_t>(code & (sign - 1));
      return (code & sign) != 0 ? -magnitude : magnitude;
    }
    case SignRule::kTwosComplement: {
      const std::int64_t codes = std::int64_t{1} << (8U * reg.width);
      return static_cast<std::int32_t>(code < codes / 2 ? code : code - codes);
    }
    case SignRule::kOffset: {
      const auto magnitude =
          static_cast<std::int32_t>(code & 0x7FFU) + ((code & 0x1000U) != 0 ? kOffsetStep : 0);
      return (code & 0x800U) != 0 ? -magnitude : magnitude;
    }
  }
  return 0;
}

bool ToCode(const Register& reg, std::int32_t value, std::uint32_t& code) noexcept {
  const std::int64_t capacity = std::int64_t{1} << (8U * reg.width);
  const std::int64_t magnitude = std::abs(std::int64_t{value});
  switch (reg.sign) {
    case SignRule::kUnsigned:
      code = static_cast<std::uint32_t>(value);
      return value >= 0 && value < capacity;
    case SignRule::kSignMagnitude:
      code = static_cast<std::uint32_t>(magnitude) | (value < 0 ? 1U << reg.sign_bit : 0U);
      return magnitude < (std::int64_t{1} << reg.sign_bit);
    case SignRule::kTwosComplement:
      code = static_cast<std::uint32_t>(value);
      return value >= -(capacity / 2) && value < capacity / 2;
    case SignRule::kOffset: {
      const bool high = magnitude >= kOffsetStep;
      code = static_cast<std::uint32_t>(magnitude - (high ? kOffsetStep : 0)) |
             (value < 0 ? 0x800U : 0U) | (high ? 0x1000U : 0U);
      return magnitude < 2 * kOffsetStep;
    }
  }
  return false;
}

}  // namespace

std::span<const Register> AllRegisters() noexcept { return kAll; }

std::int32_t DecodeRegister(const Register& reg, std::span<const std::uint8_t> bytes) noexcept {
  std::uint32_t code = 0;
  for (std::size_t i = 0; i < reg.width && i < bytes.size(); ++i) {
    code |= std::uint32_t{bytes[i]} << (8U * i);
  }
  return FromCode(reg, code);
}

std::int32_t DecodeFrom(const Register& reg, std::uint8_t first,
                        std::span<const std::uint8_t> image) noexcept {
  if (reg.address < first || reg.address - first + std::size_t{reg.width} > image.size()) return 0;
  return DecodeRegister(reg, image.subspan(static_cast<std::size_t>(reg.address - first)));
}

bool EncodeRegister(const Register& reg, std::int32_t value, RegisterBytes& out) noexcept {
  std::uint32_t code = 0;
  if (!ToCode(reg, value, code)) return false;
  out.width = reg.width;
  for (std::size_t i = 0; i < out.bytes.size(); ++i) {
    out.bytes[i] = static_cast<std::uint8_t>(code >> (8U * i));
  }
  return true;
}

int BaudOfCode(std::uint8_t code) noexcept {
  constexpr int kRates[] = {1'000'000, 500'000, 250'000, 128'000, 115'200, 76'800, 57'600, 38'400};
  return code < std::size(kRates) ? kRates[code] : 0;
}

}  // namespace soarm::servo::feetech
