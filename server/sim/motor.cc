#include "server/sim/motor.h"

#include <algorithm>

namespace soarm::sim {
namespace {

constexpr double kBridgeEfficiency = 0.97;
constexpr double kIdlePower_w = 0.3;
constexpr double kHeating_k_per_w = 12.0;
constexpr double kHeatTime_s = 600.0;

// The 7.4 V motor behind other gears: torque and speed constant scale with the ratio, the rotor's
// inertia with its square.
MotorConstants Geared7V4(double ratio, double coulomb_nm) {
  const double scale = ratio / 345.0;
  MotorConstants motor{.supply = SupplyClass::k7V4,
                       .torque_per_amp_nm = 1.212 * scale,
                       .resistance_ohm = 2.676,
                       .mechanics = {}};
  motor.mechanics.inertia_kg_m2 = 0.0284 * scale * scale;
  motor.mechanics.coulomb_nm = coulomb_nm;
  motor.mechanics.viscous_nm_s = 0.04 * scale;
  return motor;
}

}  // namespace

MotorConstants ConstantsOf(MotorVariant variant) {
  switch (variant) {
    case MotorVariant::kC018: {
      // Between two identified specimens, so that 12 V give the data sheet's 45 rpm.
      MotorConstants motor{.supply = SupplyClass::k12V,
                           .torque_per_amp_nm = 2.40,
                           .resistance_ohm = 5.27,
                           .mechanics = {}};
      motor.mechanics.inertia_kg_m2 = 0.026;
      return motor;
    }
    case MotorVariant::kC001:
      return Geared7V4(345, 0.05);
    case MotorVariant::kC044:
      return Geared7V4(191, 0.04);
    case MotorVariant::kC046:
      return Geared7V4(147, 0.03);
  }
  return {};
}

MotorOutput DriveMotor(const MotorConstants& motor, double duty, double bus_v,
                       double speed_rad_s) noexcept {
  const double volts = bus_v * duty * kBridgeEfficiency;
  const double current = (volts - motor.torque_per_amp_nm * speed_rad_s) / motor.resistance_ohm;
  return {current, motor.torque_per_amp_nm * current};
}

MotorOutput BrakeMotor(const MotorConstants& motor, double share, double speed_rad_s) noexcept {
  const double current =
      -motor.torque_per_amp_nm * speed_rad_s / motor.resistance_ohm * std::clamp(share, 0.0, 1.0);
  return {current, motor.torque_per_amp_nm * current};
}

double FreeSpeed(const MotorConstants& motor, double bus_v) noexcept {
  return bus_v * kBridgeEfficiency / motor.torque_per_amp_nm;
}

void MotorHeat::Step(const MotorConstants& motor, double current_a, bool powered) noexcept {
  const double watts =
      current_a * current_a * motor.resistance_ohm + (powered ? kIdlePower_w : 0.0);
  const double rate = (watts * kHeating_k_per_w - (celsius_ - kRoom_c)) / kHeatTime_s;
  celsius_ += rate * ToSeconds(World::kStep);
}

}  // namespace soarm::sim
