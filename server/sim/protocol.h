#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace soarm::sim {

// The servo's side of the STS protocol: `FF FF id length instruction parameters checksum`.
inline constexpr std::uint8_t kHeaderByte = 0xFF;
inline constexpr std::uint8_t kBroadcastId = 0xFE;

// Any other value on the wire is an unknown instruction and does nothing.
enum class Instruction : std::uint8_t {
  kPing = 0x01,
  kRead = 0x02,
  kWrite = 0x03,
  kRegWrite = 0x04,
  kAction = 0x05,
  kRecovery = 0x06,
  kRestart = 0x08,
  kBackup = 0x09,
  kStatusReset = 0x0A,
  kCalibrate = 0x0B,
  kSyncRead = 0x82,
  kSyncWrite = 0x83,
};

// Bits of the status byte and of the mask registers 19 and 20.
namespace status {
inline constexpr std::uint8_t kVoltage = 0x01;
inline constexpr std::uint8_t kEncoder = 0x02;
inline constexpr std::uint8_t kTemperature = 0x04;
inline constexpr std::uint8_t kCurrent = 0x08;
inline constexpr std::uint8_t kOverload = 0x20;
}  // namespace status

// The low byte of the inverted sum of everything between header and checksum.
std::uint8_t Checksum(std::span<const std::uint8_t> body) noexcept;

// A whole status packet.
std::vector<std::uint8_t> StatusPacket(std::uint8_t id, std::uint8_t error,
                                       std::span<const std::uint8_t> data);

// A whole instruction packet; what a host would send.
std::vector<std::uint8_t> InstructionPacket(std::uint8_t id, Instruction instruction,
                                            std::span<const std::uint8_t> parameters);

// Sign-magnitude numbers: `sign_bit` set means negative, minus zero is zero.
int DecodeSigned(std::uint16_t raw, int sign_bit) noexcept;
// Saturates at the largest magnitude.
std::uint16_t EncodeSigned(int value, int sign_bit) noexcept;

// Register 31: bit 11 is the sign, bit 12 adds 2048 where the firmware knows it.
int DecodeOffset(std::uint16_t raw, bool extended) noexcept;
std::uint16_t EncodeOffset(int ticks) noexcept;

}  // namespace soarm::sim
