#include "server/front/frame_cursor.h"

#include <algorithm>

namespace soarm {
namespace {

std::string_view TakeOff(std::string_view& bytes, std::size_t most) {
  const std::string_view taken = bytes.substr(0, most);
  bytes.remove_prefix(taken.size());
  return taken;
}

}  // namespace

bool FrameCursor::IsKept() const {
  return type() == Http2Type::kHeaders || type() == Http2Type::kContinuation ||
         type() == Http2Type::kPing;
}

Http2Frame FrameCursor::Begun() const {
  const auto number = [this](std::size_t from, std::size_t bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = from; i < from + bytes; ++i) {
      value = value << 8U | static_cast<std::uint8_t>(head_[i]);
    }
    return value;
  };
  return {.type = type(),
          .flags = flags(),
          .stream = number(5, 4) & 0x7fff'ffffU,
          .size = number(0, 3),
          .payload = {}};
}

std::optional<Http2Frame> FrameCursor::Next(std::string_view& bytes) {
  preface_bytes_ -= TakeOff(bytes, preface_bytes_).size();
  if (head_bytes_ < kHeadBytes) {
    const std::string_view head = TakeOff(bytes, kHeadBytes - head_bytes_);
    std::copy(head.begin(), head.end(), head_.begin() + static_cast<std::ptrdiff_t>(head_bytes_));
    head_bytes_ += head.size();
    if (head_bytes_ < kHeadBytes) return std::nullopt;
    payload_bytes_ = Begun().size;
    kept_.clear();
    if (IsKept() && payload_bytes_ > Http2Frame::kMostKept_bytes) {
      Http2Frame frame = Begun();
      frame.is_too_long = true;
      return frame;
    }
  }
  const std::string_view payload = TakeOff(bytes, payload_bytes_);
  payload_bytes_ -= payload.size();
  if (IsKept()) kept_.append(payload);
  if (payload_bytes_ > 0) return std::nullopt;
  head_bytes_ = 0;
  any_ = true;
  if (type() == Http2Type::kHeaders || type() == Http2Type::kContinuation) {
    in_headers_ = (flags() & kEndHeadersFlag) == 0;
  }
  Http2Frame frame = Begun();
  frame.payload = kept_;
  return frame;
}

std::optional<std::size_t> FrameCursor::GapIn(std::string_view bytes) {
  const std::size_t size = bytes.size();
  std::optional<std::size_t> gap;
  if (IsGap()) gap = 0;
  while (Next(bytes)) {
    if (IsGap()) gap = size - bytes.size();
  }
  return gap;
}

}  // namespace soarm
