#pragma once

#include <cstdint>
#include <span>

#include "server/servo/bus/block.h"
#include "server/servo/feetech/packet.h"

namespace soarm::servo::feetech {

// The only maker of packets that leave the bus, and so the one place where read-only servos are
// protected: torque, goals and limits (registers 40 to 49) of a servo whose role may not be
// driven are refused here, whatever asks. Broadcast writes cannot be made at all, because they
// would reach every servo.
//
// Real time  every function. False: refused or full, and nothing was added.
class RequestBuilder {
 public:
  void AllowWrites(std::uint8_t id, bool allowed) noexcept;

  void Clear() noexcept { packets_.Clear(); }
  std::span<const std::uint8_t> bytes() const noexcept { return packets_.bytes(); }
  std::size_t size() const noexcept { return packets_.size(); }

  bool Ping(std::uint8_t id) noexcept { return packets_.AddPing(id); }
  bool Read(std::uint8_t id, Block block) noexcept {
    return packets_.AddRead(id, block.address, block.count);
  }
  bool SyncRead(Block block, std::span<const std::uint8_t> ids) noexcept {
    return packets_.AddSyncRead(block.address, block.count, ids);
  }
  bool Write(std::uint8_t id, std::uint8_t address, std::span<const std::uint8_t> data) noexcept;
  bool SyncWrite(std::uint8_t address, std::uint8_t width, std::span<const std::uint8_t> ids,
                 std::span<const std::uint8_t> data) noexcept;

 private:
  bool MayWrite(std::uint8_t id, std::uint8_t address, std::size_t width) const noexcept;

  PacketBuffer packets_;
  std::array<bool, kHighestId + 1> allowed_{};
};

}  // namespace soarm::servo::feetech
