#include "server/servo/feetech/status_parser.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "server/servo/feetech/packet.h"
#include "server/servo/feetech/registers.h"

namespace soarm::servo::feetech {
namespace {

constexpr std::size_t kShortestLength = 2;
constexpr std::size_t kLongestLength = kRegisterCount + 2;  // nothing can answer more
constexpr std::uint8_t kHighestStatus = 0x7F;               // the top bit is never used

}  // namespace

void StatusParser::Append(std::span<const std::uint8_t> bytes) noexcept {
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

StatusParser::Event StatusParser::Next(StatusFrame& frame, bool final) noexcept {
  while (pending() > 0) {
    const std::uint8_t* at = bytes_.data() + begin_;
    const bool header_possible =
        at[0] == 0xFF && (pending() < 2 || at[1] == 0xFF) &&
        (pending() < 3 || at[2] <= kHighestId) &&
        (pending() < 4 || (at[3] >= kShortestLength && at[3] <= kLongestLength));
    if (!header_possible) {
      Skip(1);
      continue;
    }
    const std::size_t size = pending() < 4 ? kFrameOverhead : at[3] + 4U;
    if (pending() < size) {
      if (!final) return Event::kNone;
      Skip(1);
      continue;
    }
    frame.id = at[2];
    frame.status = at[4];
    frame.data = {at + 5, size - kFrameOverhead};
    if (at[size - 1] != Checksum({at + 2, size - 3}) || frame.status > kHighestStatus) {
      Skip(1);
      return Event::kDamaged;
    }
    begin_ += size;
    return Event::kFrame;
  }
  begin_ = end_ = 0;
  return Event::kNone;
}

std::uint32_t StatusParser::TakeSkipped() noexcept { return std::exchange(skipped_, 0); }

void StatusParser::Reset() noexcept {
  begin_ = end_ = 0;
  skipped_ = 0;
}

void StatusParser::Skip(std::size_t bytes) noexcept {
  begin_ += bytes;
  skipped_ += static_cast<std::uint32_t>(bytes);
}

}  // namespace soarm::servo::feetech
