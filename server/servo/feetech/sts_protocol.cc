#include "server/servo/feetech/sts_protocol.h"

namespace soarm::servo::feetech {
namespace {

constexpr std::size_t kShortestLength = 2;
constexpr std::size_t kLongestLength = kRegisterCount + 2;  // nothing can answer more
constexpr std::uint8_t kHighestStatus = 0x7F;               // the top bit is never used

}  // namespace

FrameLook LookForAnswer(std::span<const std::uint8_t> at, ReplyFrame& frame) noexcept {
  const bool header_possible =
      at[0] == 0xFF && (at.size() < 2 || at[1] == 0xFF) && (at.size() < 3 || at[2] <= kHighestId) &&
      (at.size() < 4 || (at[3] >= kShortestLength && at[3] <= kLongestLength));
  if (!header_possible) return {.is = FrameLook::Is::kNothing};
  const std::size_t size = at.size() < 4 ? kFrameOverhead : at[3] + 4U;
  if (at.size() < size) return {.is = FrameLook::Is::kIncomplete};
  frame.id = at[2];
  frame.status = at[4];
  frame.data = at.subspan(5, size - kFrameOverhead);
  if (at[size - 1] != Checksum(at.subspan(2, size - 3)) || frame.status > kHighestStatus) {
    return {.is = FrameLook::Is::kDamaged};
  }
  return {.is = FrameLook::Is::kFrame, .size = size};
}

}  // namespace soarm::servo::feetech
