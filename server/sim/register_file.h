#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "server/sim/firmware_options.h"

namespace soarm::sim {

inline constexpr std::size_t kRegisterCount = 87;

// Register addresses that the emulation itself uses. 16-bit registers are low byte first.
namespace reg {
inline constexpr std::uint8_t kFirmwareMinor = 1, kModel = 3, kId = 5, kBaud = 6, kReturnDelay = 7,
                              kResponseLevel = 8, kMinAngle = 9, kMaxAngle = 11,
                              kMaxTemperature = 13, kMaxVoltage = 14, kMinVoltage = 15,
                              kMaxTorque = 16, kPhase = 18, kUnloadMask = 19, kPositionP = 21,
                              kPositionI = 23, kMinStartForce = 24, kIntegralLimit = 25,
                              kDeadZonePlus = 26, kDeadZoneMinus = 27, kProtectionCurrent = 28,
                              kAngleFactor = 30, kOffset = 31, kMode = 33, kProtectiveTorque = 34,
                              kProtectionTime = 35, kOverloadTorque = 36, kSpeedP = 37,
                              kOverCurrentTime = 38, kSpeedI = 39, kTorqueEnable = 40,
                              kAcceleration = 41, kGoalPosition = 42, kGoalPwm = 44,
                              kGoalSpeed = 46, kTorqueLimit = 48, kLock = 55, kPosition = 56,
                              kSpeed = 58, kLoad = 60, kVoltage = 62, kTemperature = 63,
                              kAsyncWrite = 64, kStatus = 65, kMoving = 66, kGoalCopy = 67,
                              kCurrent = 69, kMinSpeed = 83, kMaxSpeed = 84, kMaxAcceleration = 85,
                              kAccelerationFactor = 86;
}  // namespace reg

// What the mode register holds.
inline constexpr int kModePosition = 0, kModeSpeed = 1, kModePwm = 2, kModeStep = 3;
// In bit/s, by the code in the baud register.
inline constexpr std::array<int, 8> kBauds = {1000000, 500000, 250000, 128000,
                                              115200,  76800,  57600,  38400};

// Bits of register 18.
namespace phase {
inline constexpr std::uint8_t kReversedDrive = 0x01, kFineSpeedUnit = 0x04, kZeroIsFullSpeed = 0x08,
                              kFullAngle = 0x10, kReversedFeedback = 0x80;
}  // namespace phase

// What the servo was built for: windings, and the supply window that goes with them.
enum class SupplyClass : std::uint8_t { k12V, k7V4 };

// The 87 registers of one servo with their permissions and the image that survives power-off.
//
//   address     access      survives power-off
//   0-3, 56-77  read only   0-3
//   4-39, 78-86 read/write  when written while the lock is 0
//   40-55       read/write  no
//
// Not thread-safe. Knows bytes only; what a write sets in motion is the servo's business.
class RegisterFile {
 public:
  RegisterFile(SupplyClass supply, const FirmwareOptions& firmware);

  std::uint8_t Byte(std::uint8_t address) const noexcept { return bytes_[address]; }
  std::uint16_t Word(std::uint8_t address) const noexcept {
    return static_cast<std::uint16_t>(bytes_[address] | bytes_[address + 1U] << 8);
  }
  std::span<const std::uint8_t, kRegisterCount> bytes() const noexcept { return bytes_; }

  // The servo's own writes: no permissions, not persistent.
  void SetByte(std::uint8_t address, std::uint8_t value) noexcept { bytes_[address] = value; }
  void SetWord(std::uint8_t address, std::uint16_t value) noexcept;

  // A write from the bus: skips read-only bytes and what lies past the end. With the lock open
  // afterwards, exactly the touched NV bytes become persistent. True when that changed the image
  // (and so cost a flash write).
  bool Write(std::uint8_t address, std::span<const std::uint8_t> data) noexcept;

  // Makes a word persistent whatever the lock says. True when the image changed.
  bool Persist(std::uint8_t address, std::uint16_t value) noexcept;

  // The model number as built; read-only on the bus.
  void SetModel(std::uint16_t model) noexcept;

  // Power off and on: the persistent image, then power-up values of the working registers.
  void PowerUp() noexcept;

  // Instruction 0x09: the parameters as they are now become the ones that Recover() restores.
  void Backup() noexcept { backup_ = bytes_; }
  // Instruction 0x06: every parameter but the id, made persistent too; working registers restart.
  void Recover() noexcept;

 private:
  using Image = std::array<std::uint8_t, kRegisterCount>;
  void ResetWorkingRegisters() noexcept;

  const bool lock_at_power_up_;
  Image bytes_;
  Image nv_;
  Image backup_;
};

}  // namespace soarm::sim
