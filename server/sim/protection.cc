#include "server/sim/protection.h"

#include <cmath>
#include <cstdlib>

#include "server/sim/protocol.h"

namespace soarm::sim {
namespace {

constexpr int kOverVoltageTime_ms = 51;
constexpr int kOverTemperatureTime_ms = 50;
constexpr double kTemperatureHysteresis_c = 5.0;
constexpr double kAmpsPerTick = 0.0065;
constexpr int kStallTravel_ticks = 50;

int Sign(int value) { return (value > 0) - (value < 0); }

}  // namespace

ProtectionVerdict Protection::Step(const RegisterFile& registers,
                                   const ProtectionInputs& in) noexcept {
  StepVoltage(registers, in.bus_v);
  StepTemperature(registers, in.temperature_c);
  const bool current_tripped = StepCurrent(registers, in.current_a);
  StepOverload(registers, in);

  ProtectionVerdict verdict;
  if (voltage_) verdict.bits |= status::kVoltage;
  if (temperature_) verdict.bits |= status::kTemperature;
  if (current_) verdict.bits |= status::kCurrent;
  if (overload_) verdict.bits |= status::kOverload;
  const std::uint8_t acting = verdict.bits & registers.Byte(reg::kUnloadMask);
  verdict.cut_output = (acting & (status::kVoltage | status::kTemperature)) != 0;
  verdict.torque_off = current_tripped && (acting & status::kCurrent) != 0;
  if ((acting & status::kOverload) != 0) {
    verdict.limit_permille = registers.Byte(reg::kProtectiveTorque) * 10;
  }
  return verdict;
}

void Protection::StepVoltage(const RegisterFile& registers, double bus_v) noexcept {
  const bool under = bus_v * 10 < registers.Byte(reg::kMinVoltage);
  const bool over = bus_v * 10 > registers.Byte(reg::kMaxVoltage);
  over_voltage_ms_ = over ? over_voltage_ms_ + 1 : 0;
  voltage_ = under || (over && (voltage_ || over_voltage_ms_ >= kOverVoltageTime_ms));
}

void Protection::StepTemperature(const RegisterFile& registers, double temperature_c) noexcept {
  const double limit = registers.Byte(reg::kMaxTemperature);
  over_temperature_ms_ = temperature_c > limit ? over_temperature_ms_ + 1 : 0;
  if (over_temperature_ms_ >= kOverTemperatureTime_ms) temperature_ = true;
  if (temperature_c < limit - kTemperatureHysteresis_c) temperature_ = false;
}

bool Protection::StepCurrent(const RegisterFile& registers, double current_a) noexcept {
  const int limit_raw = registers.Word(reg::kProtectionCurrent);
  const int time_ms = registers.Byte(reg::kOverCurrentTime) * 10;
  if (limit_raw == 0 || time_ms == 0) {
    current_ = false;
    return false;
  }
  const bool high = std::abs(current_a) >= limit_raw * kAmpsPerTick;
  over_current_ms_ = high ? over_current_ms_ + 1 : 0;
  if (current_) {
    if (!high && registers.Byte(reg::kTorqueEnable) == 1) current_ = false;
    return false;
  }
  current_ = high && over_current_ms_ >= time_ms;
  return current_;
}

void Protection::StepOverload(const RegisterFile& registers, const ProtectionInputs& in) noexcept {
  if (overload_ && overload_needs_power_cycle_) return;
  if (overload_ && registers.Byte(reg::kTorqueEnable) != 1) overload_ = strains_ = false;
  const bool peak = std::abs(in.asked_permille) > registers.Byte(reg::kOverloadTorque) * 10;
  if (!peak && !overload_ && !overload_after_one_peak_) strains_ = false;
  if (!strains_) {
    if (!peak) return;
    strains_ = true;
    overload_ms_ = 0;
    overload_from_ticks_ = in.position_ticks;
    overload_sign_ = Sign(in.asked_permille);
  }
  if (!overload_) {
    ++overload_ms_;
    if (std::abs(in.position_ticks - overload_from_ticks_) > kStallTravel_ticks) {
      strains_ = false;
    } else if (overload_ms_ >= registers.Byte(reg::kProtectionTime) * 10) {
      overload_ = true;
    }
  }
  if (in.asked_permille * overload_sign_ < registers.Byte(reg::kProtectiveTorque) * 10) {
    overload_ = strains_ = false;
  }
}

}  // namespace soarm::sim
