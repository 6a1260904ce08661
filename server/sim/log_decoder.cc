#include "server/sim/log_decoder.h"

#include <algorithm>

#include "server/sim/register_file.h"

namespace soarm::sim {
namespace {

constexpr std::size_t kShortestPacket = 6;

void DecodeDirection(std::span<const LoggedByte> bytes, Direction direction,
                     std::vector<LoggedPacket>& packets) {
  std::vector<LoggedByte> stream;
  for (const LoggedByte& byte : bytes) {
    if (byte.direction == direction) stream.push_back(byte);
  }
  std::size_t i = 0;
  while (i + kShortestPacket <= stream.size()) {
    const std::uint8_t length = stream[i + 3].value;
    const bool header = stream[i].value == kHeaderByte && stream[i + 1].value == kHeaderByte &&
                        stream[i + 2].value != kHeaderByte;
    const std::size_t size = length + 4U;
    if (!header || length < 2 || i + size > stream.size()) {
      ++i;
      continue;
    }
    std::vector<std::uint8_t> body;
    for (std::size_t k = i + 2; k + 1 < i + size; ++k) body.push_back(stream[k].value);
    if (Checksum(body) != stream[i + size - 1].value) {
      ++i;
      continue;
    }
    packets.push_back({stream[i].at,
                       stream[i + size - 1].at,
                       direction,
                       body[0],
                       body[2],
                       {body.begin() + 3, body.end()}});
    i += size;
  }
}

}  // namespace

std::vector<LoggedPacket> DecodePackets(std::span<const LoggedByte> bytes) {
  std::vector<LoggedPacket> packets;
  DecodeDirection(bytes, Direction::kToBus, packets);
  DecodeDirection(bytes, Direction::kToHost, packets);
  std::stable_sort(packets.begin(), packets.end(),
                   [](const auto& a, const auto& b) { return a.ended_at < b.ended_at; });
  return packets;
}

std::vector<LoggedWrite> WordWrites(std::span<const LoggedByte> bytes, std::uint8_t servo,
                                    std::uint8_t address) {
  std::vector<LoggedWrite> writes;
  const auto add = [&](const LoggedPacket& packet, std::size_t start,
                       std::span<const std::uint8_t> data) {
    if (start > address || start + data.size() < address + 2U) return;
    const std::size_t at = address - start;
    const auto raw = static_cast<std::uint16_t>(data[at] | data[at + 1] << 8);
    writes.push_back({packet.ended_at, servo, DecodeSigned(raw, 15)});
  };
  for (const LoggedPacket& packet : DecodePackets(bytes)) {
    if (packet.direction != Direction::kToBus || packet.parameters.empty()) continue;
    const std::span<const std::uint8_t> parameters = packet.parameters;
    const auto instruction = static_cast<Instruction>(packet.code);
    if (instruction == Instruction::kWrite || instruction == Instruction::kRegWrite) {
      if (packet.id == servo || packet.id == kBroadcastId) {
        add(packet, parameters[0], parameters.subspan(1));
      }
    } else if (instruction == Instruction::kSyncWrite && parameters.size() > 2) {
      const std::size_t record = parameters[1] + 1U;
      for (std::size_t i = 2; i + record <= parameters.size(); i += record) {
        if (parameters[i] == servo)
          add(packet, parameters[0], parameters.subspan(i + 1, record - 1));
      }
    }
  }
  return writes;
}

std::vector<LoggedWrite> GoalWrites(std::span<const LoggedByte> bytes, std::uint8_t servo) {
  return WordWrites(bytes, servo, reg::kGoalPosition);
}

}  // namespace soarm::sim
