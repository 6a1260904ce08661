#include "server/sim/wire.h"

#include <algorithm>

namespace soarm::sim {
namespace {

bool Overlap(MonoTime start_a, MonoTime end_a, MonoTime start_b, MonoTime end_b) {
  return start_a < end_b && start_b < end_a;
}

// What a byte that starts `shift` bits after another puts onto that one's eight data bits: idle
// line, its start bit, then its own first bits.
std::uint8_t SeenLater(std::uint8_t value, std::int64_t shift) {
  if (shift <= 0) return value;
  if (shift > 8) return 0xFF;
  return static_cast<std::uint8_t>(value << shift | ((1 << (shift - 1)) - 1));
}

}  // namespace

void Wire::SendFromHost(MonoTime at, std::span<const std::uint8_t> bytes, int baud) {
  MonoTime end = host_.empty() ? at : std::max(at, host_.back().end);
  for (const std::uint8_t value : bytes) {
    end += ByteTime(baud);
    HostByte byte{end, value, baud};
    for (BusByte& other : bus_) {
      if (other.end - other.byte_time >= end) break;
      if (!Overlap(byte.start(), end, other.end - other.byte_time, other.end)) continue;
      byte.value &= other.value;
      other.value = byte.value;
    }
    host_.push_back(byte);
  }
}

MonoTime Wire::SendFromServo(MonoTime start, std::span<const std::uint8_t> bytes, Nanos byte_time) {
  MonoTime end = start;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    end += byte_time;
    BusByte byte{end, byte_time, bytes[i], i + 1 == bytes.size()};
    for (HostByte& other : host_) {
      if (!Overlap(end - byte_time, end, other.start(), other.end)) continue;
      byte.value &= other.value;
      other.value = byte.value;
    }
    if (bus_.empty() || end - byte_time >= bus_.back().end) {  // as nearly always
      bus_.push_back(byte);
      continue;
    }
    // The receiver frames on the first start bit: overlapping bytes come out as one.
    const auto clash = std::find_if(bus_.begin(), bus_.end(), [&](const BusByte& other) {
      return Overlap(end - byte_time, end, other.end - other.byte_time, other.end);
    });
    if (clash != bus_.end()) {
      const Nanos bit_time = byte_time / 10;
      clash->value &= SeenLater(byte.value, (end - clash->end + bit_time / 2) / bit_time);
      clash->last |= byte.last;
      continue;
    }
    const auto place =
        std::upper_bound(bus_.begin(), bus_.end(), end,
                         [](MonoTime t, const BusByte& other) { return t < other.end; });
    bus_.insert(place, byte);
  }
  return end;
}

Wire::HostByte Wire::TakeHostByte() {
  const HostByte byte = host_.front();
  host_.pop_front();
  return byte;
}

Wire::BusByte Wire::TakeBusByte() {
  const BusByte byte = bus_.front();
  bus_.pop_front();
  return byte;
}

std::optional<MonoTime> Wire::host_end() const noexcept {
  if (host_.empty()) return std::nullopt;
  return host_.back().end;
}

std::optional<MonoTime> Wire::first_answer_end() const noexcept {
  for (const BusByte& byte : bus_) {
    if (byte.last) return byte.end;
  }
  return std::nullopt;
}

}  // namespace soarm::sim
