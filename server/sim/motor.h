#pragma once

#include <cstdint>

#include "server/sim/register_file.h"
#include "server/sim/world.h"

namespace soarm::sim {

// The parts sold under the one name STS3215 that SO-100, SO-101 and LeKiwi are built from. They
// all report the same model number.
enum class MotorVariant : std::uint8_t {
  kC018,  // 12 V, 1/345
  kC001,  // 7.4 V, 1/345
  kC044,  // 7.4 V, 1/191
  kC046,  // 7.4 V, 1/147
};

// Windings at the output shaft.
struct MotorConstants {
  SupplyClass supply = SupplyClass::k12V;
  double torque_per_amp_nm = 0;  // the same number is volts per rad/s
  double resistance_ohm = 0;
  JointMechanics mechanics;
};

MotorConstants ConstantsOf(MotorVariant variant);

// What a motor does with a duty cycle.
struct MotorOutput {
  double current_a = 0;
  double torque_nm = 0;
};

// `duty` -1..1 of a supply of `bus_v`, the shaft turning at `speed_rad_s`.
MotorOutput DriveMotor(const MotorConstants& motor, double duty, double bus_v,
                       double speed_rad_s) noexcept;
// Windings shorted through a share of the cycle: a brake.
MotorOutput BrakeMotor(const MotorConstants& motor, double share, double speed_rad_s) noexcept;

// The speed at which full duty brings no more torque.
double FreeSpeed(const MotorConstants& motor, double bus_v) noexcept;

// How warm a motor gets: heated by its current, cooled by the room.
//
// Units  degrees Celsius.
class MotorHeat {
 public:
  void Step(const MotorConstants& motor, double current_a, bool powered) noexcept;
  void Set(double celsius) noexcept { celsius_ = celsius; }
  double celsius() const noexcept { return celsius_; }

 private:
  static constexpr double kRoom_c = 25.0;
  double celsius_ = 33.0;
};

}  // namespace soarm::sim
