#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "server/sim/byte_log.h"
#include "server/sim/protocol.h"

namespace soarm::sim {

// A whole packet found in the log.
struct LoggedPacket {
  MonoTime started_at{};  // the end of its first byte
  MonoTime ended_at{};
  Direction direction = Direction::kToBus;
  std::uint8_t id = 0;
  std::uint8_t code = 0;  // instruction, or the status byte
  std::vector<std::uint8_t> parameters;
};

// All packets with a right checksum, in the order of their ends. Bytes between packets are skipped.
std::vector<LoggedPacket> DecodePackets(std::span<const LoggedByte> bytes);

// One register word that the host wrote to one servo, however it was wrapped.
struct LoggedWrite {
  MonoTime at{};  // when its last byte had arrived
  std::uint8_t servo = 0;
  std::int32_t value = 0;  // sign bit 15 decoded
};

// Writes of both bytes of the word at `address` to `servo`, by WRITE or SYNC_WRITE; REG_WRITE
// counts when it is sent. Broadcast writes count for every servo.
std::vector<LoggedWrite> WordWrites(std::span<const LoggedByte> bytes, std::uint8_t servo,
                                    std::uint8_t address);
// The same for the goal position.
std::vector<LoggedWrite> GoalWrites(std::span<const LoggedByte> bytes, std::uint8_t servo);

}  // namespace soarm::sim
