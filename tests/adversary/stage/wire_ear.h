#pragma once

#include <cstdint>
#include <vector>

#include "server/sim/byte_log.h"
#include "tests/adversary/record/record.h"

namespace soarm::adversary {

// Finds the packets that want something changed in what the host put on one wire: WRITE, SYNC_WRITE
// and the like, as the servos heard them. Reads and pings are not told.
//
// Not thread-safe.
class WireEar {
 public:
  explicit WireEar(std::size_t bus) : bus_(bus) {}

  // The next byte to the bus. What it completes is appended to `heard`.
  void Hear(const sim::LoggedByte& byte, std::vector<Event>& heard);

 private:
  void Finish(Time at, std::vector<Event>& heard) const;

  const std::size_t bus_;
  std::vector<std::uint8_t> packet_;  // from the id on
  std::uint8_t before_ = 0;
  std::uint8_t before_that_ = 0;
  bool inside_ = false;
};

}  // namespace soarm::adversary
