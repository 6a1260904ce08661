#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "server/sim/protocol.h"

namespace soarm::sim {

// A request that one servo took for its own. The parameters are valid until the next byte.
struct Request {
  std::uint8_t id = 0;  // as addressed: the servo's own or kBroadcastId
  Instruction instruction{};
  // For a sync write: this servo's share only, with `address` in front as in a write.
  std::span<const std::uint8_t> parameters;
  bool broadcast() const noexcept { return id == kBroadcastId; }
};

// The receiver of one servo, byte by byte, with the tolerance and the blind spots of the real one:
//
//   any state   two FF seen, and this byte is taken as an id: the receiver starts over
//   kId         own id or broadcast -> kLength, else kIdle
//   kLength     below 2 -> kIdle
//   kInstruction  more than 128 parameters -> kIdle, sync write excepted
//   kParameters   until all are there; a sync write keeps only its own share as they pass
//   kChecksum   wrong -> kIdle, right -> a request
//
// Not thread-safe.
class PacketParser {
 public:
  std::optional<Request> Push(std::uint8_t byte, std::uint8_t own_id) noexcept {
    if (before_ == kHeaderByte && before_that_ == kHeaderByte) state_ = State::kId;
    before_that_ = before_;
    before_ = byte;
    // Most of what is on a bus is for others.
    if (state_ == State::kIdle || !Take(byte, own_id)) return std::nullopt;
    return Finished();
  }
  void Reset() noexcept;

 private:
  enum class State : std::uint8_t { kIdle, kId, kLength, kInstruction, kParameters, kChecksum };
  static constexpr std::size_t kMaxParameters = 128;

  // True when the byte completes a request for us.
  bool Take(std::uint8_t byte, std::uint8_t own_id) noexcept;
  void TakeParameter(std::uint8_t byte, std::uint8_t own_id) noexcept;
  Request Finished() const noexcept;
  bool is_sync_write() const noexcept { return instruction_ == Instruction::kSyncWrite; }

  State state_ = State::kIdle;
  std::uint8_t before_ = 0;  // the byte before the current one, and the one before that
  std::uint8_t before_that_ = 0;
  std::uint8_t id_ = 0;
  Instruction instruction_{};
  std::size_t wanted_ = 0;  // parameters
  std::size_t seen_ = 0;
  unsigned sum_ = 0;
  std::array<std::uint8_t, kMaxParameters> parameters_{};
  std::size_t kept_ = 0;

  // Sync write only.
  std::size_t record_size_ = 0;  // data bytes per servo
  std::size_t record_left_ = 0;  // of the record that is passing
  bool record_is_ours_ = false;
  bool found_ours_ = false;
};

}  // namespace soarm::sim
