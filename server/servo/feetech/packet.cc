#include "server/servo/feetech/packet.h"

#include <algorithm>

namespace soarm::servo::feetech {
namespace {

constexpr std::size_t kMaxParameters = 250;

// Assembles parameters; refuses more than a packet can hold.
class Parameters {
 public:
  void Add(std::uint8_t byte) noexcept {
    if (size_ < kMaxParameters) {
      bytes_[size_] = byte;
    }
    ++size_;
  }
  void Add(std::span<const std::uint8_t> bytes) noexcept {
    for (const std::uint8_t byte : bytes) Add(byte);
  }
  bool fits() const noexcept { return size_ <= kMaxParameters; }
  std::span<const std::uint8_t> bytes() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::array<std::uint8_t, kMaxParameters> bytes_{};
  std::size_t size_ = 0;
};

bool HoldsHeader(std::span<const std::uint8_t> bytes) noexcept {
  return std::adjacent_find(bytes.begin(), bytes.end(), [](std::uint8_t a, std::uint8_t b) {
           return a == 0xFF && b == 0xFF;
         }) != bytes.end();
}

}  // namespace

std::uint8_t Checksum(std::span<const std::uint8_t> body) noexcept {
  unsigned sum = 0;
  for (const std::uint8_t byte : body) sum += byte;
  return static_cast<std::uint8_t>(~sum & 0xFFU);
}

bool PacketBuffer::Add(std::uint8_t id, Instruction instruction,
                       std::span<const std::uint8_t> parameters) noexcept {
  const std::size_t size = kFrameOverhead + parameters.size();
  if (id > kBroadcastId || parameters.size() > kMaxParameters || size_ + size > bytes_.size() ||
      HoldsHeader(parameters)) {
    return false;
  }
  std::uint8_t* out = bytes_.data() + size_;
  out[0] = 0xFF;
  out[1] = 0xFF;
  out[2] = id;
  out[3] = static_cast<std::uint8_t>(parameters.size() + 2);
  out[4] = static_cast<std::uint8_t>(instruction);
  std::copy(parameters.begin(), parameters.end(), out + 5);
  out[size - 1] = Checksum({out + 2, size - 3});
  size_ += size;
  return true;
}

bool PacketBuffer::AddAddressed(std::uint8_t id, Instruction instruction, std::uint8_t address,
                                std::span<const std::uint8_t> data) noexcept {
  Parameters parameters;
  parameters.Add(address);
  parameters.Add(data);
  return parameters.fits() && Add(id, instruction, parameters.bytes());
}

bool PacketBuffer::AddRead(std::uint8_t id, std::uint8_t address, std::uint8_t count) noexcept {
  return AddAddressed(id, Instruction::kRead, address, {&count, 1});
}

bool PacketBuffer::AddWrite(std::uint8_t id, std::uint8_t address,
                            std::span<const std::uint8_t> data) noexcept {
  return AddAddressed(id, Instruction::kWrite, address, data);
}

bool PacketBuffer::AddRegWrite(std::uint8_t id, std::uint8_t address,
                               std::span<const std::uint8_t> data) noexcept {
  return AddAddressed(id, Instruction::kRegWrite, address, data);
}

bool PacketBuffer::AddSyncRead(std::uint8_t address, std::uint8_t count,
                               std::span<const std::uint8_t> ids) noexcept {
  Parameters parameters;
  parameters.Add(address);
  parameters.Add(count);
  parameters.Add(ids);
  return !ids.empty() && parameters.fits() &&
         Add(kBroadcastId, Instruction::kSyncRead, parameters.bytes());
}

bool PacketBuffer::AddSyncWrite(std::uint8_t address, std::uint8_t width,
                                std::span<const std::uint8_t> ids,
                                std::span<const std::uint8_t> data) noexcept {
  if (ids.empty() || data.size() != ids.size() * width) return false;
  Parameters parameters;
  parameters.Add(address);
  parameters.Add(width);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    parameters.Add(ids[i]);
    parameters.Add(data.subspan(i * width, width));
  }
  return parameters.fits() && Add(kBroadcastId, Instruction::kSyncWrite, parameters.bytes());
}

}  // namespace soarm::servo::feetech
