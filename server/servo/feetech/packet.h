#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace soarm::servo::feetech {

// Frame: FF FF, id, length = parameters + 2, instruction (or status byte), parameters, checksum.
enum class Instruction : std::uint8_t {
  kPing = 0x01,
  kRead = 0x02,
  kWrite = 0x03,
  kRegWrite = 0x04,
  kAction = 0x05,
  kRecover = 0x06,  // stored parameters back from the servo's backup copy
  kRestart = 0x08,  // through the boot loader; never answered
  kBackup = 0x09,
  kResetTurns = 0x0A,
  kCalibrate = 0x0B,  // present position becomes the middle; firmware 3.10 and later
  kSyncRead = 0x82,
  kSyncWrite = 0x83,
};

inline constexpr std::uint8_t kBroadcastId = 0xFE;
inline constexpr std::uint8_t kHighestId = 253;
inline constexpr std::size_t kFrameOverhead = 6;  // a frame without parameters
constexpr std::size_t ReplySize(std::size_t data) noexcept { return kFrameOverhead + data; }

// Low byte of the inverted sum over everything between header and checksum.
std::uint8_t Checksum(std::span<const std::uint8_t> body) noexcept;

// Packets back to back, in the order they go on the wire.
//
// Real time  every function. A packet that does not fit, or that would carry FF FF inside its
//            parameters (servos take that for the start of a packet), is refused as a whole:
//            false, and nothing is added.
class PacketBuffer {
 public:
  bool Add(std::uint8_t id, Instruction instruction,
           std::span<const std::uint8_t> parameters) noexcept;

  bool AddPing(std::uint8_t id) noexcept { return Add(id, Instruction::kPing, {}); }
  bool AddRead(std::uint8_t id, std::uint8_t address, std::uint8_t count) noexcept;
  bool AddWrite(std::uint8_t id, std::uint8_t address, std::span<const std::uint8_t> data) noexcept;
  bool AddRegWrite(std::uint8_t id, std::uint8_t address,
                   std::span<const std::uint8_t> data) noexcept;
  bool AddSyncRead(std::uint8_t address, std::uint8_t count,
                   std::span<const std::uint8_t> ids) noexcept;
  // `data` holds `width` bytes for each id, in the order of `ids`.
  bool AddSyncWrite(std::uint8_t address, std::uint8_t width, std::span<const std::uint8_t> ids,
                    std::span<const std::uint8_t> data) noexcept;

  void Clear() noexcept { size_ = 0; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  std::span<const std::uint8_t> bytes() const noexcept { return {bytes_.data(), size_}; }

 private:
  bool AddAddressed(std::uint8_t id, Instruction instruction, std::uint8_t address,
                    std::span<const std::uint8_t> data) noexcept;

  std::array<std::uint8_t, 384> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace soarm::servo::feetech
