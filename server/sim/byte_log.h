#pragma once

#include <cstdint>
#include <vector>

#include "common/time/clock.h"

namespace soarm::sim {

enum class Direction : std::uint8_t { kToBus, kToHost };

// One byte as it was on the wire; of the host's, as the host sent it.
struct LoggedByte {
  MonoTime at{};  // the end of its stop bit
  Direction direction = Direction::kToBus;
  std::uint8_t value = 0;
  // Of the host's bytes: the servos, by their place on the bus, that heard another value or none
  // because of an injection. From the 32nd on they share the last bit.
  std::uint32_t misheard = 0;
};

// The last bytes on the wire. When it is full the oldest give way and are counted.
//
// Not thread-safe.
class ByteLog {
 public:
  static constexpr std::size_t kCapacity = std::size_t{1} << 20;  // half a minute of a busy bus

  explicit ByteLog(std::size_t capacity = kCapacity) : capacity_(capacity) {}

  void Append(const LoggedByte& byte);
  // For who has taken what there is, and wants it small.
  void Clear() noexcept {
    ring_.clear();
    oldest_ = 0;
    lost_ = 0;
  }

  struct Extract {
    std::vector<LoggedByte> bytes;  // in wire order
    std::uint64_t lost = 0;  // bytes that gave way and may belong here: 0 says that none is missing
  };
  // Everything that ended after `since`.
  Extract Since(MonoTime since) const;

 private:
  const std::size_t capacity_;
  std::vector<LoggedByte> ring_;  // grows to capacity_, then wraps
  std::size_t oldest_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace soarm::sim
