#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "common/time/clock.h"

namespace soarm::sim {

// Changes one to eight bits of it.
void ChangeByte(std::uint8_t& byte, std::mt19937_64& random);

// What goes wrong with the answers of one servo on purpose.
struct ReplyFaults {
  bool mute = false;           // hears and acts, says nothing
  int drop = 0;                // so many answers never leave it
  int corrupt = 0;             // so many answers have one byte changed
  double byte_error_rate = 0;  // 0..1, each byte of every answer
  double byte_loss_rate = 0;   // 0..1 likewise; the others keep their times
  int truncate = 0;            // so many answers stop in the middle
  Nanos delay{0};              // every answer this late, whole

  // Spoils one answer, counting down, but for lost bytes. False when nothing of it is to be sent.
  bool Apply(std::vector<std::uint8_t>& bytes, std::mt19937_64& random);
};

}  // namespace soarm::sim
