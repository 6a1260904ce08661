#include "server/servo/bus/reply_parser.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace soarm::servo {

void ReplyParser::Append(std::span<const std::uint8_t> bytes) noexcept {
  if (bytes.size() > bytes_.size()) {
    skipped_ += static_cast<std::uint32_t>(bytes.size() - bytes_.size());
    bytes = bytes.last(bytes_.size());
  }
  if (end_ + bytes.size() > bytes_.size()) {
    std::memmove(bytes_.data(), bytes_.data() + begin_, pending());
    end_ -= std::exchange(begin_, 0);
  }
  if (end_ + bytes.size() > bytes_.size()) {  // never while somebody calls Next()
    skipped_ += static_cast<std::uint32_t>(pending());
    begin_ = end_ = 0;
  }
  std::copy(bytes.begin(), bytes.end(), bytes_.data() + end_);
  end_ += bytes.size();
}

ReplyParser::Event ReplyParser::Next(ReplyFrame& frame, bool final) noexcept {
  while (pending() > 0) {
    const FrameLook look = protocol_.look({bytes_.data() + begin_, pending()}, frame);
    switch (look.is) {
      case FrameLook::Is::kNothing:
        Skip(1);
        break;
      case FrameLook::Is::kIncomplete:
        if (!final) return Event::kNone;
        Skip(1);
        break;
      case FrameLook::Is::kDamaged:
        Skip(1);
        return Event::kDamaged;
      case FrameLook::Is::kFrame:
        begin_ += look.size;
        return Event::kFrame;
    }
  }
  begin_ = end_ = 0;
  return Event::kNone;
}

std::uint32_t ReplyParser::TakeSkipped() noexcept { return std::exchange(skipped_, 0); }

void ReplyParser::Reset() noexcept {
  begin_ = end_ = 0;
  skipped_ = 0;
}

void ReplyParser::Skip(std::size_t bytes) noexcept {
  begin_ += bytes;
  skipped_ += static_cast<std::uint32_t>(bytes);
}

}  // namespace soarm::servo
