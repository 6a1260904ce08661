#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "server/sim/byte_log.h"
#include "server/sim/wire_timing.h"

namespace soarm::sim {

// The one data line that host and servos share: who sends when, and what comes of it when two
// send at once (each bit low wins: the bytes are ANDed, as far as they overlap).
//
// Not thread-safe. Times are those at which a byte has ended.
class Wire {
 public:
  struct HostByte {
    MonoTime end{};
    std::uint8_t value = 0;
    int baud = 0;
    MonoTime start() const noexcept { return end - ByteTime(baud); }
  };
  struct BusByte {
    MonoTime end{};
    Nanos byte_time{};
    std::uint8_t value = 0;
    bool last = false;  // of an answer
  };

  // Bytes the host put out at `at`; they queue behind what it is still sending.
  void SendFromHost(MonoTime at, std::span<const std::uint8_t> bytes, int baud);
  // An answer whose first bit starts at `start`. The answer is the time its last byte ends.
  MonoTime SendFromServo(MonoTime start, std::span<const std::uint8_t> bytes, Nanos byte_time);

  // The next byte of each direction, and its removal.
  const HostByte* next_host_byte() const noexcept {
    return host_.empty() ? nullptr : &host_.front();
  }
  // So many bytes behind the host's next one; nothing where it has not queued as many.
  const HostByte* host_byte(std::size_t ahead) const noexcept {
    return ahead < host_.size() ? &host_[ahead] : nullptr;
  }
  const BusByte* next_bus_byte() const noexcept { return bus_.empty() ? nullptr : &bus_.front(); }
  HostByte TakeHostByte();
  BusByte TakeBusByte();

  // The end of the last byte that the host has queued, and of the first answer on its way.
  std::optional<MonoTime> host_end() const noexcept;
  std::optional<MonoTime> first_answer_end() const noexcept;

 private:
  std::deque<HostByte> host_;
  std::deque<BusByte> bus_;  // ordered by end
};

}  // namespace soarm::sim
