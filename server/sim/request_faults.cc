#include "server/sim/request_faults.h"

#include "server/sim/protocol.h"
#include "server/sim/reply_faults.h"

namespace soarm::sim {

void RequestFaults::Begin(std::size_t size, std::mt19937_64& random) {
  hit_.reset();
  if (corrupt_ <= 0) return;
  --corrupt_;
  hit_ = std::uniform_int_distribution<std::size_t>(0, size - 1)(random);
}

void RequestFaults::Spoil(HeardByte& byte, std::mt19937_64& random) {
  bool changed = byte_error_rate_ > 0 && std::bernoulli_distribution(byte_error_rate_)(random);
  if (hit_) {
    changed |= *hit_ == 0;
    if (*hit_ == 0) {
      hit_.reset();
    } else {
      --*hit_;
    }
  }
  if (byte_loss_rate_ > 0 && std::bernoulli_distribution(byte_loss_rate_)(random)) {
    byte.lost = true;
  }
  if (changed) ChangeByte(byte.value, random);
}

std::optional<RequestFrames::Start> RequestFrames::Next(const Wire& wire) noexcept {
  if (left_ > 0) {
    --left_;
    return std::nullopt;
  }
  const auto queued = [&](std::size_t ahead) -> int {
    const Wire::HostByte* byte = wire.host_byte(ahead);
    return byte == nullptr ? -1 : byte->value;
  };
  const int id = queued(2);
  const int length = queued(3);
  if (queued(0) != kHeaderByte || queued(1) != kHeaderByte || id == kHeaderByte || length < 2) {
    return std::nullopt;
  }
  const Start start = {static_cast<std::uint8_t>(id), static_cast<std::size_t>(length) + 4};
  left_ = start.size - 1;
  return start;
}

}  // namespace soarm::sim
