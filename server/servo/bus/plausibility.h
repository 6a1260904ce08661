#pragma once

#include <span>

#include "server/core/joint.h"
#include "server/servo/bus/block.h"
#include "server/servo/bus/servo_record.h"

namespace soarm::servo {

// What one servo said of itself.
struct Reading {
  Block block;  // what `data` covers
  std::span<const std::uint8_t> data;
  std::uint8_t status = 0;
  MonoTime at{};
  bool alone = false;  // no other servo was asked with it
};

// The same as its family reads it, so far as it has to be believed.
struct Told {
  bool tells_place = false;  // of a joint that is driven by positions
  bool tells_working = false;
  // Kept with a surprise: status bits that would bar goals and are new, the place, the registers.
  std::uint8_t stops = 0;
  std::int32_t position_raw = 0;
  WorkingRegisters working;
  MonoTime at{};
  bool alone = false;
};

enum class Plausibility : std::uint8_t {
  kFits,
  kSurprise,    // as good as no answer until the servo says it again, asked alone
  kImpossible,  // damaged
};

// Whether a reading may be believed.
//
// A checksum may be one byte: of the answers in which more than one byte is damaged one in 256
// passes it, and would tell of another place, another goal, lost torque. Two servos that talk at
// once damage each other's answers, in the same way every time. What neither the joint's own motion
// nor a write of ours explains is therefore asked for again, from that servo alone, before it
// counts.
//
// Answers that collide with the next one's are damaged in the same way every time as well: what a
// servo says alone is contradicted only by what it says alone.
//
// `last` is the newest sample that was believed. A wheel's place is nobody's business, nor are the
// registers of a servo that an operation works on. Keeps what surprised in `servo`.
// Real time  yes.
Plausibility Weigh(const JointSample& last, ServoRecord& servo, const Told& told) noexcept;

}  // namespace soarm::servo
