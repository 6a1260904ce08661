#pragma once

#include <cstdint>
#include <string_view>

namespace soarm {

// What can be wrong with one joint. The first five and kServoStatus are what a servo says of
// itself.
enum class Fault : std::uint8_t {
  kSupplyVoltage,    // supply outside the servo's own window
  kEncoder,          // position sensor not answering
  kOverTemperature,  // above the servo's own limit
  kOverCurrent,      // for too long above its own limit; the servo switched its torque off
  kOverload,         // stalled: output reduced to the protective torque
  kNoReply,          // the servo missed its answer slot
  kCorruptReply,     // an answer failed its checksum or shape
  kQuarantined,      // three misses in a row; probed until it answers
  kRebooted,         // working registers back at power-up values
  kTorqueLost,       // torque was on and is off without our doing
  kCurrentTrip,      // our own over-current timer, ahead of the servo's
  kDuplicateId,      // two servos answer to this id
  kGoalMismatch,     // the servo's goal is not what we wrote
  kUncalibrated,     // range registers full or empty: readable, but torque is refused
  kStopUnconfirmed,  // it has to stand or be limp: not read back, or it moves on all the same
  kUnprepared,       // found under torque in a state that torque-on would refuse: held, not driven
  kSettingsChanged,  // a stored setting is not what it was when the bus was opened
  kWrongMode,     // in another operating mode: held by nothing of ours, switched off once it runs
  kNoTorque,      // limp while others of its group are held, and no other fault says why
  kHot,           // within 10 degrees C of where it switches itself off; a warning
  kUnfitSetting,  // a stored setting with which it does not do what its goal says
  kAtSeam,        // pushed to the seam of its encoder, and switched off there
  kUnlocked,      // what is written to its settings goes to its flash; a warning
  kServoStatus,   // another bit of its status; goals go on, and no torque is switched on
};
inline constexpr int kFaultCount = 24;

// A set of faults; a plain word, so that it travels through snapshots.
struct FaultSet {
  std::uint32_t bits = 0;

  static constexpr std::uint32_t Bit(Fault fault) noexcept {
    return std::uint32_t{1} << static_cast<unsigned>(fault);
  }
  constexpr bool Has(Fault fault) const noexcept { return (bits & Bit(fault)) != 0; }
  constexpr void Set(Fault fault) noexcept { bits |= Bit(fault); }
  constexpr void Clear(Fault fault) noexcept { bits &= ~Bit(fault); }
  constexpr void Assign(Fault fault, bool on) noexcept { on ? Set(fault) : Clear(fault); }
  constexpr bool Any() const noexcept { return bits != 0; }
  friend constexpr bool operator==(FaultSet, FaultSet) = default;
};

// The name used in the API and in logs, e.g. "OVERLOAD".
std::string_view FaultName(Fault fault);

// What a person should do about it: one imperative sentence.
std::string_view FaultFix(Fault fault);

}  // namespace soarm
