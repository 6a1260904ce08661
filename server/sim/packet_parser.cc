#include "server/sim/packet_parser.h"

namespace soarm::sim {

void PacketParser::Reset() noexcept { *this = PacketParser(); }

bool PacketParser::Take(std::uint8_t byte, std::uint8_t own_id) noexcept {
  switch (state_) {
    case State::kIdle:
      return false;
    case State::kId:
      id_ = byte;
      sum_ = byte;
      state_ = byte == own_id || byte == kBroadcastId ? State::kLength : State::kIdle;
      return false;
    case State::kLength:
      sum_ += byte;
      wanted_ = byte < 2 ? 0 : byte - 2U;
      state_ = byte < 2 ? State::kIdle : State::kInstruction;
      return false;
    case State::kInstruction:
      sum_ += byte;
      instruction_ = static_cast<Instruction>(byte);
      seen_ = kept_ = record_size_ = record_left_ = 0;
      record_is_ours_ = found_ours_ = false;
      state_ = wanted_ == 0 ? State::kChecksum : State::kParameters;
      if (wanted_ > kMaxParameters && !is_sync_write()) state_ = State::kIdle;
      return false;
    case State::kParameters:
      sum_ += byte;
      TakeParameter(byte, own_id);
      return false;
    case State::kChecksum:
      state_ = State::kIdle;
      return byte == static_cast<std::uint8_t>(~sum_) && (!is_sync_write() || found_ours_);
  }
  return false;
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
  if (record_left_ == 0) {
    record_left_ = record_size_;
    record_is_ours_ = byte == own_id;
    if (record_is_ours_) {
      kept_ = 1;  // named twice: the later one counts
      found_ours_ = true;
    }
    return;
  }
  --record_left_;
  if (record_is_ours_) parameters_[kept_++] = byte;
}

Request PacketParser::Finished() const noexcept {
  return {id_, instruction_, std::span(parameters_).first(kept_)};
}

}  // namespace soarm::sim
