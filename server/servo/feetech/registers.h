#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "server/core/register_fact.h"
#include "server/servo/bus/block.h"

namespace soarm::servo::feetech {

inline constexpr std::size_t kRegisterCount = 87;  // STS3215: addresses 0 to 86

// How a register says negative. The rule belongs to the register, so that a family with two's
// complement (Dynamixel) needs another table and no other code.
enum class SignRule : std::uint8_t {
  kUnsigned,
  kSignMagnitude,   // bit `sign_bit` set: minus the bits below it; minus zero is 0
  kTwosComplement,  // over the register's width
  kOffset,          // sign-magnitude at bit 11, and bit 12 worth 2048 more (firmware 3.10)
};

enum class Storage : std::uint8_t {
  kFixed,    // read only, constant
  kStored,   // survives power-off when written with the lock open
  kWorking,  // RAM, back to its power-up value after a reboot
  kFeedback,
};

struct Register {
  std::string_view name;
  std::uint8_t address;
  std::uint8_t width;  // bytes, low byte first
  Storage storage;
  SignRule sign = SignRule::kUnsigned;
  std::uint8_t sign_bit = 0;
  double unit = 1;  // what one count is, in the unit of `unit_name`
  std::string_view unit_name = "";
};

// The STS3215's registers, by the names people know from the vendor's table.
namespace reg {

inline constexpr Register kFirmwareMajor{"firmware_major", 0, 1, Storage::kFixed};
inline constexpr Register kFirmwareMinor{"firmware_minor", 1, 1, Storage::kFixed};
inline constexpr Register kServoMajor{"servo_major", 3, 1, Storage::kFixed};  // low byte of:
inline constexpr Register kModel{"model_number", 3, 2, Storage::kFixed};
inline constexpr Register kId{"id", 5, 1, Storage::kStored};
inline constexpr Register kBaudCode{"baud_rate", 6, 1, Storage::kStored};
inline constexpr Register kReturnDelay{"return_delay",      7, 1,    Storage::kStored,
                                       SignRule::kUnsigned, 0, 2e-6, "s"};
inline constexpr Register kResponseLevel{"response_level", 8, 1, Storage::kStored};
inline constexpr Register kMinPosition{"min_position",      9, 2, Storage::kStored,
                                       SignRule::kUnsigned, 0, 1, "ticks"};
inline constexpr Register kMaxPosition{"max_position",      11, 2, Storage::kStored,
                                       SignRule::kUnsigned, 0,  1, "ticks"};
inline constexpr Register kMaxTemperature{"max_temperature",   13, 1, Storage::kStored,
                                          SignRule::kUnsigned, 0,  1, "C"};
inline constexpr Register kMaxVoltage{"max_voltage",       14, 1,   Storage::kStored,
                                      SignRule::kUnsigned, 0,  0.1, "V"};
inline constexpr Register kMinVoltage{"min_voltage",       15, 1,   Storage::kStored,
                                      SignRule::kUnsigned, 0,  0.1, "V"};
inline constexpr Register kMaxTorque{"max_torque",        16, 2,     Storage::kStored,
                                     SignRule::kUnsigned, 0,  0.001, ""};
inline constexpr Register kPhase{"phase", 18, 1, Storage::kStored};
inline constexpr Register kUnloadMask{"unload_condition", 19, 1, Storage::kStored};
inline constexpr Register kLedMask{"led_condition", 20, 1, Storage::kStored};
inline constexpr Register kPositionP{"position_p", 21, 1, Storage::kStored};
inline constexpr Register kPositionD{"position_d", 22, 1, Storage::kStored};
inline constexpr Register kPositionI{"position_i", 23, 1, Storage::kStored};
inline constexpr Register kDeadZonePlus{"dead_zone_plus",    26, 1, Storage::kStored,
                                        SignRule::kUnsigned, 0,  1, "ticks"};
inline constexpr Register kDeadZoneMinus{"dead_zone_minus",   27, 1, Storage::kStored,
                                         SignRule::kUnsigned, 0,  1, "ticks"};
inline constexpr Register kProtectionCurrent{"protection_current", 28, 2,      Storage::kStored,
                                             SignRule::kUnsigned,  0,  0.0065, "A"};
inline constexpr Register kAngleFactor{"angle_factor", 30, 1, Storage::kStored};
inline constexpr Register kOffset{"position_offset", 31, 2, Storage::kStored,
                                  SignRule::kOffset, 11, 1, "ticks"};
inline constexpr Register kMode{"operating_mode", 33, 1, Storage::kStored};
inline constexpr Register kProtectiveTorque{"protective_torque", 34, 1,    Storage::kStored,
                                            SignRule::kUnsigned, 0,  0.01, ""};
inline constexpr Register kProtectionTime{"protection_time",   35, 1,    Storage::kStored,
                                          SignRule::kUnsigned, 0,  0.01, "s"};
inline constexpr Register kOverloadTorque{"overload_torque",   36, 1,    Storage::kStored,
                                          SignRule::kUnsigned, 0,  0.01, ""};
inline constexpr Register kSpeedP{"speed_p", 37, 1, Storage::kStored};
inline constexpr Register kOverCurrentTime{"overcurrent_time",  38, 1,    Storage::kStored,
                                           SignRule::kUnsigned, 0,  0.01, "s"};
inline constexpr Register kTorqueEnable{"torque_enable", 40, 1, Storage::kWorking};
inline constexpr Register kAcceleration{"acceleration",      41, 1,   Storage::kWorking,
                                        SignRule::kUnsigned, 0,  100, "step/s2"};
inline constexpr Register kGoalPosition{"goal_position",          42, 2, Storage::kWorking,
                                        SignRule::kSignMagnitude, 15, 1, "ticks"};
inline constexpr Register kGoalPwm{
    "goal_pwm", 44, 2, Storage::kWorking, SignRule::kSignMagnitude, 10, 0.001, ""};
inline constexpr Register kGoalSpeed{
    "goal_speed", 46, 2, Storage::kWorking, SignRule::kSignMagnitude, 15, 1, "step/s"};
inline constexpr Register kTorqueLimit{"torque_limit",      48, 2,     Storage::kWorking,
                                       SignRule::kUnsigned, 0,  0.001, ""};
inline constexpr Register kLock{"lock", 55, 1, Storage::kWorking};
inline constexpr Register kPosition{"present_position",       56, 2, Storage::kFeedback,
                                    SignRule::kSignMagnitude, 15, 1, "ticks"};
inline constexpr Register kSpeed{"present_speed",          58, 2, Storage::kFeedback,
                                 SignRule::kSignMagnitude, 15, 1, "step/s"};
inline constexpr Register kLoad{"present_load",           60, 2,     Storage::kFeedback,
                                SignRule::kSignMagnitude, 10, 0.001, ""};
inline constexpr Register kVoltage{"present_voltage",   62, 1,   Storage::kFeedback,
                                   SignRule::kUnsigned, 0,  0.1, "V"};
inline constexpr Register kTemperature{"present_temperature", 63, 1, Storage::kFeedback,
                                       SignRule::kUnsigned,   0,  1, "C"};
inline constexpr Register kStatus{"status", 65, 1, Storage::kFeedback};
inline constexpr Register kMoving{"moving", 66, 1, Storage::kFeedback};
inline constexpr Register kGoalCopy{"goal_position_copy",     67, 2, Storage::kFeedback,
                                    SignRule::kSignMagnitude, 15};
inline constexpr Register kCurrent{"present_current",        69, 2,      Storage::kFeedback,
                                   SignRule::kSignMagnitude, 15, 0.0065, "A"};
inline constexpr Register kMaxSpeed{"max_speed",         84, 1,  Storage::kFixed,
                                    SignRule::kUnsigned, 0,  50, "step/s"};
inline constexpr Register kMaxAcceleration{"max_acceleration",  85, 1,   Storage::kStored,
                                           SignRule::kUnsigned, 0,  100, "step/s2"};

}  // namespace reg

using Bound = RegisterFact::Bound;

// A register that is not as it has to be, for people.
constexpr RegisterFact FactOf(const Register& reg, std::int32_t wanted, std::int32_t found,
                              RegisterFact::Bound bound = RegisterFact::Bound::kExactly,
                              std::string_view meaning = "") noexcept {
  return {.address = reg.address,
          .name = reg.name,
          .wanted = wanted,
          .found = found,
          .bound = bound,
          .unit = reg.unit,
          .unit_name = reg.unit_name,
          .meaning = meaning};
}

// Whether what is written there goes to the flash where the lock is open.
constexpr bool IsStoredAt(std::uint8_t address) noexcept {
  return address < reg::kTorqueEnable.address;
}

// All of the above in address order, for tools that show registers by name.
std::span<const Register> AllRegisters() noexcept;

// The value in `bytes`, which hold the register's bytes and possibly more.
std::int32_t DecodeRegister(const Register& reg, std::span<const std::uint8_t> bytes) noexcept;
// The value out of an image of consecutive registers that begins at address `first`.
std::int32_t DecodeFrom(const Register& reg, std::uint8_t first,
                        std::span<const std::uint8_t> image) noexcept;

// False when the register cannot hold the value.
bool EncodeRegister(const Register& reg, std::int32_t value, RegisterBytes& out) noexcept;

// True baud rate of register 6's codes 0 to 7; 0 for any other code. (Tables that give codes 5 to
// 7 other rates are in circulation; these are the rates on the wire.)
int BaudOfCode(std::uint8_t code) noexcept;

// Phase register (18).
inline constexpr int kPhaseReversedDrive = 1;
inline constexpr int kPhaseFineSpeedUnit = 4;   // speeds in 1 step/s, else 50 step/s
inline constexpr int kPhaseZeroSpeedIsMax = 8;  // goal speed 0 = as fast as it can, else stop
inline constexpr int kPhaseMultiTurnFeedback = 16;
inline constexpr int kPhaseReversedFeedback = 128;

}  // namespace soarm::servo::feetech
