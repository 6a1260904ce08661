#include "server/sim/shaft_encoder.h"

#include <cmath>
#include <cstdlib>

#include "common/base/units.h"
#include "server/sim/protocol.h"

namespace soarm::sim {
namespace {

constexpr int kSpeedStep_ticks_s = 50;
constexpr int kSlowestTravel_ticks = 2;

int Wrap(int ticks) { return ((ticks % kTicksPerTurn) + kTicksPerTurn) % kTicksPerTurn; }
int WholeTurns(int ticks) { return ticks - Wrap(ticks); }
bool IsFullAngle(const RegisterFile& registers) {
  return (registers.Byte(reg::kPhase) & phase::kFullAngle) != 0;
}

}  // namespace

int ShaftEncoder::Offset(const RegisterFile& registers) const noexcept {
  return DecodeOffset(registers.Word(reg::kOffset), registers.Byte(reg::kFirmwareMinor) >= 10);
}

void ShaftEncoder::Step(const RegisterFile& registers, double angle_rad) noexcept {
  const bool reversed = (registers.Byte(reg::kPhase) & phase::kReversedFeedback) != 0;
  const double ticks = at_zero_ticks_ + angle_rad / kRadPerTick;
  turned_ticks_ = static_cast<int>(std::lround(reversed ? -ticks : ticks));
  travelled_ticks_ = filled_ ? turned_ticks_ - history_[next_] : 0;
  history_[next_] = turned_ticks_;
  next_ = (next_ + 1) % kSpeedWindow_ms;
  if (next_ == 0) filled_ = true;
}

void ShaftEncoder::ForgetTurns(const RegisterFile& registers) noexcept {
  turn_base_ticks_ = IsFullAngle(registers) ? WholeTurns(turned_ticks_)
                                            : WholeTurns(turned_ticks_ - Offset(registers));
}

void ShaftEncoder::ForgetSpeed() noexcept {
  next_ = 0;
  filled_ = false;
  travelled_ticks_ = 0;
}

int ShaftEncoder::magnet_ticks() const noexcept { return Wrap(turned_ticks_); }

int ShaftEncoder::ToldTicks(const RegisterFile& registers, int control_ticks) noexcept {
  return IsFullAngle(registers) ? control_ticks : Wrap(control_ticks);
}

int ShaftEncoder::ControlTicks(const RegisterFile& registers) const noexcept {
  return turned_ticks_ - Offset(registers) - turn_base_ticks_;
}

int ShaftEncoder::speed_ticks_s() const noexcept {
  return std::abs(travelled_ticks_) < kSlowestTravel_ticks ? 0
                                                           : travelled_ticks_ * kSpeedStep_ticks_s;
}

}  // namespace soarm::sim
