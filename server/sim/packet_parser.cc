#include "server/sim/packet_parser.h"

namespace soarm::sim {

void PacketParser::Reset() noexcept { *this = PacketParser(); }

std::optional<Request> PacketParser::Push(std::uint8_t byte, std::uint8_t own_id) noexcept {
  if (before_ == kHeaderByte && before_that_ == kHeaderByte) state_ = State::kId;
  before_that_ = before_;
  before_ = byte;
  switch (state_) {
    case State::kIdle:
      return std::nullopt;
    case State::kId:
      id_ = byte;
      sum_ = byte;
      state_ = byte == own_id || byte == kBroadcastId ? State::kLength : State::kIdle;
      return std::nullopt;
    case State::kLength:
      sum_ += byte;
      wanted_ = byte < 2 ? 0 : byte - 2U;
      state_ = byte < 2 ? State::kIdle : State::kInstruction;
      return std::nullopt;
    case State::kInstruction:
      sum_ += byte;
      instruction_ = static_cast<Instruction>(byte);
      seen_ = kept_ = record_size_ = 0;
      record_is_ours_ = found_ours_ = false;
      state_ = wanted_ == 0 ? State::kChecksum : State::kParameters;
      if (wanted_ > kMaxParameters && !is_sync_write()) state_ = State::kIdle;
      return std::nullopt;
    case State::kParameters:
      sum_ += byte;
      TakeParameter(byte, own_id);
      return std::nullopt;
    case State::kChecksum:
      state_ = State::kIdle;
      if (byte != static_cast<std::uint8_t>(~sum_)) return std::nullopt;
      if (is_sync_write() && !found_ours_) return std::nullopt;
      return Finished();
  }
  return std::nullopt;
}

void PacketParser::TakeParameter(std::uint8_t byte, std::uint8_t own_id) noexcept {
  const std::size_t index = seen_++;
  if (seen_ == wanted_) state_ = State::kChecksum;
  if (!is_sync_write()) {
    parameters_[kept_++] = byte;
    return;
  }
  if (index == 0) {
    parameters_[kept_++] = byte;
    return;
  }
  if (index == 1) {
    record_size_ = byte;
    if (record_size_ > kMaxParameters - 3) state_ = State::kIdle;
    return;
  }
  const std::size_t place = (index - 2) % (record_size_ + 1);
  if (place == 0) {
    record_is_ours_ = byte == own_id;
    if (record_is_ours_) {
      kept_ = 1;  // named twice: the later one counts
      found_ours_ = true;
    }
  } else if (record_is_ours_) {
    parameters_[kept_++] = byte;
  }
}

Request PacketParser::Finished() const noexcept {
  return {id_, instruction_, std::span(parameters_).first(kept_)};
}

}  // namespace soarm::sim
