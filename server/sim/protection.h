#pragma once

#include <cstdint>

#include "server/sim/register_file.h"

namespace soarm::sim {

// What the protections look at in one millisecond.
struct ProtectionInputs {
  double bus_v = 0;
  double temperature_c = 0;
  double current_a = 0;
  int asked_permille = 0;  // of duty by the control loop, within the torque limit
  int position_ticks = 0;
};

// What they ask for.
struct ProtectionVerdict {
  std::uint8_t bits = 0;      // of the status byte
  bool cut_output = false;    // no drive, and the goal follows the shaft
  bool torque_off = false;    // torque enable := 0, once
  int limit_permille = 1000;  // on the duty
};

// The servo's own protections, one step a millisecond:
//
//   fault        enters                                      acts                 leaves
//   voltage      over for 51 ms, under at once               cuts the output      in range again
//   temperature  over register 13 for 50 ms                  cuts the output      5 degrees below
//   current      at register 28 or more for register 38      torque enable := 0   low, torque on
//   overload     over register 36 for 35, hardly moving      duty to register 34  torque off, or
//                                                                                 asked for less
//                                                                                 than 34, or
//                                                                                 turned
//
// They act only where register 19 says so; the status bits show in any case.
class Protection {
 public:
  explicit Protection(const FirmwareOptions& firmware)
      : overload_needs_power_cycle_(firmware.overload_needs_power_cycle),
        overload_after_one_peak_(firmware.overload_after_one_peak) {}

  ProtectionVerdict Step(const RegisterFile& registers, const ProtectionInputs& in) noexcept;

 private:
  void StepVoltage(const RegisterFile& registers, double bus_v) noexcept;
  void StepTemperature(const RegisterFile& registers, double temperature_c) noexcept;
  // True when the fault is entered.
  bool StepCurrent(const RegisterFile& registers, double current_a) noexcept;
  void StepOverload(const RegisterFile& registers, const ProtectionInputs& in) noexcept;

  bool overload_needs_power_cycle_;
  bool overload_after_one_peak_;
  bool voltage_ = false;
  bool temperature_ = false;
  bool current_ = false;
  bool overload_ = false;
  int over_voltage_ms_ = 0;
  int over_temperature_ms_ = 0;
  int over_current_ms_ = 0;
  bool strains_ = false;  // the time of register 35 is running
  int overload_ms_ = 0;
  int overload_from_ticks_ = 0;
  int overload_sign_ = 0;
};

}  // namespace soarm::sim
