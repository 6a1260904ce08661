#include "server/sim/protocol.h"

#include <algorithm>
#include <cstdlib>

namespace soarm::sim {

std::uint8_t Checksum(std::span<const std::uint8_t> body) noexcept {
  unsigned sum = 0;
  for (const std::uint8_t byte : body) sum += byte;
  return static_cast<std::uint8_t>(~sum);
}

std::vector<std::uint8_t> StatusPacket(std::uint8_t id, std::uint8_t error,
                                       std::span<const std::uint8_t> data) {
  return InstructionPacket(id, static_cast<Instruction>(error), data);
}

std::vector<std::uint8_t> InstructionPacket(std::uint8_t id, Instruction instruction,
                                            std::span<const std::uint8_t> parameters) {
  std::vector<std::uint8_t> packet;
  packet.reserve(parameters.size() + 6);
  packet.push_back(kHeaderByte);
  packet.push_back(kHeaderByte);
  packet.push_back(id);
  packet.push_back(static_cast<std::uint8_t>(parameters.size() + 2));
  packet.push_back(static_cast<std::uint8_t>(instruction));
  for (const std::uint8_t parameter : parameters) packet.push_back(parameter);
  packet.push_back(Checksum(std::span(packet).subspan(2)));
  return packet;
}

int DecodeSigned(std::uint16_t raw, int sign_bit) noexcept {
  const int magnitude = raw & ((1 << sign_bit) - 1);
  return (raw >> sign_bit & 1) != 0 ? -magnitude : magnitude;
}

std::uint16_t EncodeSigned(int value, int sign_bit) noexcept {
  const int magnitude = std::min(std::abs(value), (1 << sign_bit) - 1);
  return static_cast<std::uint16_t>(value < 0 ? magnitude | 1 << sign_bit : magnitude);
}

int DecodeOffset(std::uint16_t raw, bool extended) noexcept {
  const int magnitude = (raw & 0x7FF) + (extended && (raw & 0x1000) != 0 ? 2048 : 0);
  return (raw & 0x800) != 0 ? -magnitude : magnitude;
}

std::uint16_t EncodeOffset(int ticks) noexcept {
  const int magnitude = std::min(std::abs(ticks), 4095);
  return static_cast<std::uint16_t>((magnitude & 0x7FF) | (magnitude >= 2048 ? 0x1000 : 0) |
                                    (ticks < 0 ? 0x800 : 0));
}

}  // namespace soarm::sim
