#include "server/sim/servo_drive.h"

#include <algorithm>
#include <cmath>

#include "server/sim/protocol.h"

namespace soarm::sim {
namespace {

constexpr double kStep_s = 1e-3;
constexpr int kFullDuty = 1000;
// Register 24 at its factory 16 was measured as 9 per mille at the motor.
constexpr double kStartForceShare = 9.0 / 16.0;
constexpr double kIntegralScale = 1.0 / 500.0;
// Speed loop, per unit of registers 37 and 39: per mille per tick/s, and per mille per tick.
constexpr double kSpeedPScale = 0.02;
constexpr double kSpeedIScale = 0.25;

double Acceleration(const RegisterFile& registers) {
  const int cap = registers.Byte(reg::kMaxAcceleration);
  int units = registers.Byte(reg::kAcceleration);
  if (units == 0)
    units = cap * registers.Byte(reg::kAccelerationFactor);
  else if (cap != 0)
    units = std::min(units, cap);
  return units * 100.0;  // 0 stays unlimited
}

double SpeedUnit(const RegisterFile& registers) {
  return (registers.Byte(reg::kPhase) & phase::kFineSpeedUnit) != 0 ? 1.0 : 50.0;
}

double TopSpeed(const RegisterFile& registers) {
  const int raw = std::abs(DecodeSigned(registers.Word(reg::kGoalSpeed), 15));
  double top = raw * SpeedUnit(registers);
  if (raw == 0) {
    if ((registers.Byte(reg::kPhase) & phase::kZeroIsFullSpeed) == 0) return 0;
    top = registers.Byte(reg::kMaxSpeed) * 50.0;
  }
  return std::max(top, registers.Byte(reg::kMinSpeed) * 50.0);
}

// No speed but 0 is slower than the least one.
double WheelSpeed(const RegisterFile& registers) {
  const double asked = DecodeSigned(registers.Word(reg::kGoalSpeed), 15) * SpeedUnit(registers);
  if (asked == 0) return 0;
  const double least = std::max(std::abs(asked), registers.Byte(reg::kMinSpeed) * 50.0);
  return std::copysign(std::min(least, registers.Byte(reg::kMaxSpeed) * 50.0), asked);
}

int ToDuty(double permille) {
  return static_cast<int>(std::lround(std::clamp(permille, -1e6, 1e6)));
}

}  // namespace

void ServoDrive::AimAtGoal(const RegisterFile& registers) noexcept {
  const int raw = DecodeSigned(registers.Word(reg::kGoalPosition), 15);
  const int goal = raw * std::max<int>(1, registers.Byte(reg::kAngleFactor));
  goal_given_ = true;
  if (registers.Byte(reg::kMode) == kModeStep) {
    planner_.Aim(planner_.goal() + goal);
    return;
  }
  const int lower = registers.Word(reg::kMinAngle);
  const int upper = registers.Word(reg::kMaxAngle);
  // Equal limits switch clamping off. Crossed ones leave only the two of them.
  if (lower == upper) {
    planner_.Aim(goal);
  } else {
    planner_.Aim(goal < lower ? lower : std::min(goal, upper));
  }
}

void ServoDrive::TakeSpeed(const RegisterFile& registers) noexcept {
  top_speed_ = TopSpeed(registers);
  wheel_speed_ = WheelSpeed(registers);
}

void ServoDrive::TakeAcceleration(const RegisterFile& registers) noexcept {
  acceleration_ = Acceleration(registers);
}

void ServoDrive::Follow(int position_ticks) noexcept {
  planner_.Rest(position_ticks);
  error_sum_ = 0;
  speed_target_ = 0;
  speed_sum_ = 0;
}

int ServoDrive::Step(const RegisterFile& registers, const Shaft& shaft) noexcept {
  switch (registers.Byte(reg::kMode)) {
    case kModeSpeed:
      return StepSpeed(registers, shaft);
    case kModePwm:
      return DecodeSigned(registers.Word(reg::kGoalPwm), 10);
    default:  // 0 and 3; the loop treats any other number as a position mode too
      return StepPosition(registers, shaft);
  }
}

int ServoDrive::StepPosition(const RegisterFile& registers, const Shaft& shaft) noexcept {
  planner_.Step(std::min(top_speed_, shaft.free_speed_ticks_s), acceleration_);
  const double error = std::trunc(planner_.position()) - shaft.position_ticks;
  const int dead = registers.Byte(error > 0 ? reg::kDeadZonePlus : reg::kDeadZoneMinus);
  if (std::abs(error) <= dead) return ToDuty(error_sum_);
  error_sum_ += error * registers.Byte(reg::kPositionI) * kIntegralScale;
  const double most = registers.Byte(reg::kIntegralLimit) == 0
                          ? kFullDuty
                          : registers.Byte(reg::kIntegralLimit) * 4.0;
  error_sum_ = std::clamp(error_sum_, -most, most);
  const double start = std::copysign(registers.Byte(reg::kMinStartForce) * kStartForceShare, error);
  return ToDuty(error * registers.Byte(reg::kPositionP) / 4.0 + start + error_sum_);
}

int ServoDrive::StepSpeed(const RegisterFile& registers, const Shaft& shaft) noexcept {
  const double change = acceleration_ > 0 ? acceleration_ * kStep_s : HUGE_VAL;
  speed_target_ = std::clamp(wheel_speed_, speed_target_ - change, speed_target_ + change);
  const double error = speed_target_ - shaft.speed_ticks_s;
  // From 3.10 on, register 39 counts in tenths.
  const double i_units =
      registers.Byte(reg::kSpeedI) / (registers.Byte(reg::kFirmwareMinor) >= 10 ? 10.0 : 1.0);
  speed_sum_ = std::clamp(speed_sum_ + error * i_units * kSpeedIScale * kStep_s, -1.0 * kFullDuty,
                          1.0 * kFullDuty);
  return ToDuty(error * registers.Byte(reg::kSpeedP) * kSpeedPScale + speed_sum_);
}

}  // namespace soarm::sim
