#include "server/front/client_frames.h"

#include <utility>

namespace soarm {
namespace {

using Kind = ClientSaid::Kind;

constexpr std::size_t kPriorityBytes = 5;

// What is in it besides padding and priority (RFC 9113, section 6.2).
std::optional<std::string_view> BlockOf(const Http2Frame& frame) {
  std::string_view block = frame.payload;
  std::size_t padding = 0;
  if ((frame.flags & kPaddedFlag) != 0) {
    if (block.empty()) return std::nullopt;
    padding = static_cast<unsigned char>(block.front());
    block.remove_prefix(1);
  }
  const std::size_t priority = (frame.flags & kPriorityFlag) != 0 ? kPriorityBytes : 0;
  if (block.size() < priority + padding) return std::nullopt;
  return block.substr(priority, block.size() - priority - padding);
}

}  // namespace

std::optional<ClientSaid> ClientFrames::Next(std::string_view& bytes) {
  const std::optional<Http2Frame> frame = frames_.Next(bytes);
  if (!frame) return std::nullopt;
  ClientSaid said = Understand(*frame);
  said.stream = frame->stream;
  said.is_header = frame->type == Http2Type::kHeaders || frame->type == Http2Type::kContinuation;
  return said;
}

ClientSaid ClientFrames::Understand(const Http2Frame& frame) {
  // Between the frames of one block there is nothing else.
  const bool goes_on = frame.type == Http2Type::kContinuation;
  if (frame.is_too_long || goes_on != in_block_) return {.kind = Kind::kTooMuch};
  const bool is_last = (frame.flags & kEndHeadersFlag) != 0;
  switch (frame.type) {
    case Http2Type::kHeaders: {
      const std::optional<std::string_view> block = BlockOf(frame);
      return block ? ReadHeaders(*block, is_last) : ClientSaid{.kind = Kind::kTooMuch};
    }
    case Http2Type::kContinuation:
      return ReadHeaders(frame.payload, is_last);
    case Http2Type::kRstStream:
      return {.kind = Kind::kTakesBack};
    case Http2Type::kData:
      if (frame.size == 0 && (frame.flags & kEndStreamFlag) == 0) return {.kind = Kind::kOverhead};
      return {.kind = Kind::kMessage};
    case Http2Type::kPing:
      if ((frame.flags & kAckFlag) != 0) return {.kind = Kind::kPingAnswer, .text = frame.payload};
      return {.kind = Kind::kOverhead};
    case Http2Type::kSettings:
      if ((frame.flags & kAckFlag) != 0) break;
      return {.kind = Kind::kOverhead};
    case Http2Type::kGoAway:
      break;
  }
  return {};
}

ClientSaid ClientFrames::ReadHeaders(std::string_view block, bool is_last) {
  if (!blocks_.Read(block, is_last)) return {.kind = Kind::kTooMuch};
  // Of frames that end no block there may be any number, each with nothing in it.
  if (!is_last) return {.kind = std::exchange(in_block_, true) ? Kind::kOverhead : Kind::kOther};
  in_block_ = false;
  if (blocks_.path().empty()) return {};
  return {.kind = Kind::kCall, .text = blocks_.path()};
}

}  // namespace soarm
