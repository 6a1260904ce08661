#include "server/front/frame_cursor.h"

#include <algorithm>

namespace soarm {

std::optional<Http2Frame> FrameCursor::Next(std::string_view& bytes) {
  while (!bytes.empty()) {
    if (skip_bytes_ > 0) {
      const std::size_t skipped = std::min(skip_bytes_, bytes.size());
      skip_bytes_ -= skipped;
      bytes.remove_prefix(skipped);
      continue;
    }
    head_[heard_bytes_++] = bytes.front();
    bytes.remove_prefix(1);
    if (heard_bytes_ < kHeaderBytes) continue;
    const auto byte = [this](std::size_t i) { return static_cast<std::uint8_t>(head_[i]); };
    const std::size_t length = std::size_t{byte(0)} << 16U | std::size_t{byte(1)} << 8U | byte(2);
    const std::size_t shown = std::min(length, Http2Frame::kShownBytes);
    if (heard_bytes_ < kHeaderBytes + shown) continue;
    Http2Frame frame{.type = byte(3), .flags = byte(4), .payload = {}};
    std::copy_n(head_.begin() + kHeaderBytes, shown, frame.payload.begin());
    skip_bytes_ = length - shown;
    heard_bytes_ = 0;
    is_first_ = false;
    return frame;
  }
  return std::nullopt;
}

std::optional<std::size_t> FrameCursor::GapIn(std::string_view bytes) {
  const std::size_t size = bytes.size();
  std::optional<std::size_t> gap;
  if (!is_first_ && heard_bytes_ == 0 && skip_bytes_ <= size) gap = skip_bytes_;
  while (Next(bytes)) {
    const std::size_t end = size - bytes.size() + skip_bytes_;
    if (end <= size) gap = end;
  }
  return gap;
}

}  // namespace soarm
