#include "server/servo/bus/answer.h"

namespace soarm::servo {

Answer AskOne(ServoLink& link, std::span<const std::uint8_t> request, std::uint8_t id, Block block,
              Reply reply, Nanos patience) noexcept {
  ReplySlots slots;
  if (reply != Reply::kNone) {
    slots.resize(1);
    slots[0].id = id;
    slots[0].length = block.count;
    slots[0].flashes = reply == Reply::kFlashesFirst;
  }
  const AskResult asked = link.Ask(request, slots, patience);
  Answer answer;
  answer.lost = asked.lost;
  answer.sent = asked.sent;
  answer.discarded = asked.discarded;
  answer.foreign_bytes = asked.foreign_bytes;
  answer.first = block.address;
  if (reply == Reply::kNone) return answer;
  const ReplySlot& slot = slots[0];
  answer.answered = slot.answered;
  answer.damaged = slot.damaged && !slot.answered;
  answer.status = slot.status;
  if (slot.answered) {
    answer.count = slot.length;
    answer.data = slot.data;
  }
  return answer;
}

}  // namespace soarm::servo
