#pragma once

#include <array>
#include <cstdint>

#include "server/sim/register_file.h"

namespace soarm::sim {

// The magnet and its sensor: from the joint's angle to the position that registers 56 and 58
// tell, with offset, turn count and phase bits applied.
//
// Units  ticks of 1/4096 turn.
class ShaftEncoder {
 public:
  // `at_zero_ticks`: where the magnet stands when the joint's angle is zero.
  explicit ShaftEncoder(double at_zero_ticks) : at_zero_ticks_(at_zero_ticks) {}

  // One millisecond later; `angle_rad` is the joint's.
  void Step(const RegisterFile& registers, double angle_rad) noexcept;
  // Forgets the turns: power-up, mode change, instruction 0x0A, a new offset.
  void ForgetTurns(const RegisterFile& registers) noexcept;
  void ForgetSpeed() noexcept;

  // 0..4095, before the offset.
  int magnet_ticks() const noexcept;
  // What the position loop works with: turns count from the last ForgetTurns(), also where the
  // host is told single turns. Who turns a limp shaft over the seam finds it a whole turn away.
  int ControlTicks(const RegisterFile& registers) const noexcept;
  // What registers 56 and 67 tell of such a position, in the modes that tell an angle.
  static int ToldTicks(const RegisterFile& registers, int control_ticks) noexcept;
  // Over the last 20 ms, in the steps of 50 in which the servo tells it.
  int speed_ticks_s() const noexcept;

 private:
  static constexpr std::size_t kSpeedWindow_ms = 20;
  int Offset(const RegisterFile& registers) const noexcept;

  double at_zero_ticks_;
  int turned_ticks_ = 0;  // of the magnet, unwrapped
  int turn_base_ticks_ = 0;
  std::array<int, kSpeedWindow_ms> history_{};
  std::size_t next_ = 0;
  bool filled_ = false;
  int travelled_ticks_ = 0;
};

}  // namespace soarm::sim
