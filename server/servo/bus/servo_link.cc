#include "server/servo/bus/servo_link.h"

#include <algorithm>
#include <utility>

namespace soarm::servo {
namespace {

// Every read but the last of an Ask() brings at least a byte; this bounds the loop against a
// sender that dribbles.
constexpr int kMaxReads = 64;
using ReadBuffer = std::array<std::uint8_t, 1024>;

}  // namespace

AskResult ServoLink::Ask(std::span<const std::uint8_t> request, ReplySlots& slots,
                         Nanos patience) noexcept {
  AskResult result;
  for (ReplySlot& slot : slots) {
    slot.answered = slot.damaged = slot.repeated = false;
    slot.status = 0;
  }
  next_ = 0;
  SettleWire(result);
  if (result.lost) return result;

  echo_due_ = echo_ ? request : std::span<const std::uint8_t>{};
  port_.SetReadThreshold(BytesToWakeFor(slots));
  const MonoTime sent = clock_.Now();
  switch (port_.Write(request)) {
    case SerialPort::WriteStatus::kOk:
      break;
    case SerialPort::WriteStatus::kBlocked:
      result.silent = !slots.empty();
      return result;
    case SerialPort::WriteStatus::kLost:
      result.lost = true;
      return result;
  }
  result.sent = true;
  const MonoTime request_end = sent + timer_.WireTime(request.size());
  if (slots.empty()) {
    // Nothing is answered, but the next request must not run into this one.
    owed_ = true;
    owed_until_ = request_end;
    result.complete = true;
    return result;
  }
  Collect(slots, request_end, patience, result);
  echo_due_ = {};
  return result;
}

AskResult ServoLink::Listen() noexcept {
  AskResult result;
  next_ = 0;
  if (!owed_) owed_until_ = clock_.Now();
  owed_ = true;
  SettleWire(result);
  return result;
}

void ServoLink::SettleWire(AskResult& result) noexcept {
  debts_.Forget(clock_.Now());
  if (!owed_) return;
  ReplySlots nothing;
  ReadBuffer bytes;
  if (clock_.Now() < owed_until_) port_.SetReadThreshold(bytes.size());
  for (int reads = 0; reads < kMaxReads; ++reads) {
    const SerialPort::ReadResult read = port_.Read(bytes, owed_until_);
    Feed({bytes.data(), read.size});
    result.lost = result.lost || read.lost;
    if (result.lost || (clock_.Now() >= owed_until_ && read.size < bytes.size())) break;
  }
  Sort(nothing, true, result);
  // Rubble of what was owed is not the next exchange's.
  const std::size_t skipped = parser_.TakeSkipped();
  result.foreign_bytes += static_cast<std::uint32_t>(skipped - std::min(skipped, owed_bytes_));
  owed_ = false;
  owed_bytes_ = 0;
}

void ServoLink::Collect(ReplySlots& slots, MonoTime request_end, Nanos patience,
                        AskResult& result) noexcept {
  Nanos end{0};
  for (std::size_t i = 0; i < slots.size(); ++i) {
    end = std::max(end, timer_.SlotEnd(i, slots[i].length));
    slots[i].sent_at = request_end + end;
  }
  const MonoTime worst = request_end + end + timer_.allowance();
  MonoTime until = worst;
  // Until the wire has carried them all there is nothing to be had but a wake-up for each answer.
  bool slept = slots.size() > 1;
  if (slept) {
    const Nanos expected = timer_.Expected(AnswerBytes(slots), slots.size());
    clock_.SleepUntil(request_end + expected + timer_.usual_lateness());
  }
  bool patient = patience > Nanos(0);
  std::size_t received = 0;
  ReadBuffer bytes;
  for (int reads = 0; reads < kMaxReads && next_ < slots.size(); ++reads) {
    const SerialPort::ReadResult read = port_.Read(bytes, slept ? MonoTime{} : until);
    received += Feed({bytes.data(), read.size});
    result.lost = read.lost;
    const bool due = clock_.Now() >= until;
    // At the deadline what is half there counts as not there, and is searched for whole answers.
    const bool final = result.lost || (due && !patient);
    Sort(slots, final, result);
    if (std::exchange(slept, false)) timer_.OnSleptOver(next_ == slots.size());
    if (final || next_ == slots.size()) break;
    // Patience is for a transport that is late. A damaged answer was not, nor is one whose
    // successors are here; but one after a damaged answer may be.
    if (std::all_of(slots.begin() + next_, slots.end(), [](auto& slot) { return slot.damaged; })) {
      patient = false;
    } else if (due) {
      until = worst + patience;
      patient = false;
    }
    port_.SetReadThreshold(BytesToWakeFor(slots));
  }
  const MonoTime now = clock_.Now();
  result.silent = received == 0;
  result.complete = true;
  const bool anybody = std::any_of(slots.begin(), slots.end(),
                                   [](auto& slot) { return slot.answered || slot.damaged; });
  std::size_t missing_bytes = 0;
  ReplySlot* missing = nullptr;
  std::size_t missing_count = 0;
  for (ReplySlot& slot : slots) {
    slot.sent_at = std::min(slot.sent_at, now);
    if (slot.answered) continue;
    result.complete = false;
    missing_bytes += protocol_.ReplySize(slot.length);
    missing = &slot;
    ++missing_count;
    const Debts::Why late = anybody ? Debts::Why::kLate : Debts::Why::kSilence;
    debts_.Add(slot.id, slot.length, now, slot.flashes ? Debts::Why::kFlashes : late);
  }
  // Rubble of the answers that are missing is not somebody else's traffic.
  const std::size_t skipped = parser_.TakeSkipped();
  if (missing_count == 1 && skipped > 0) missing->damaged = true;
  result.foreign_bytes += static_cast<std::uint32_t>(skipped - std::min(skipped, missing_bytes));
  owed_bytes_ = missing_bytes - std::min(skipped, missing_bytes);
  owed_ = !result.complete;
  owed_until_ = worst;  // patience is not owed: one late tick must not cost the next one its time
  if (!result.complete) return;
  if (now <= worst) {
    timer_.transport().Relax();
  } else {
    was_late_ = true;
  }
}

std::size_t ServoLink::Feed(std::span<const std::uint8_t> bytes) noexcept {
  if (!bytes.empty()) heard_at_ = clock_.Now();
  const std::size_t compare = std::min(bytes.size(), echo_due_.size());
  const auto differs = std::mismatch(bytes.begin(), bytes.begin() + compare, echo_due_.begin());
  const auto same = static_cast<std::size_t>(differs.first - bytes.begin());
  // Bytes that are not our echo end it: better a parser that sees a stray request than one that
  // eats an answer.
  echo_due_ = same == compare ? echo_due_.subspan(same) : std::span<const std::uint8_t>{};
  parser_.Append(bytes.subspan(same));
  return bytes.size() - same;
}

void ServoLink::Sort(ReplySlots& slots, bool final, AskResult& result) noexcept {
  ReplyFrame frame;
  for (;;) {
    switch (parser_.Next(frame, final)) {
      case ReplyParser::Event::kNone:
        return;
      case ReplyParser::Event::kFrame:
        Accept(slots, frame, result);
        break;
      case ReplyParser::Event::kDamaged:
        for (std::size_t i = next_; i < slots.size(); ++i) {
          if (slots[i].id == frame.id) slots[i].damaged = true;
        }
        break;
    }
  }
}

void ServoLink::Accept(ReplySlots& slots, const ReplyFrame& frame, AskResult& result) noexcept {
  for (std::size_t i = next_; i < slots.size(); ++i) {
    ReplySlot& slot = slots[i];
    if (slot.id != frame.id || slot.length != frame.data.size()) continue;
    slot.answered = true;
    slot.status = frame.status;
    std::copy(frame.data.begin(), frame.data.end(), slot.data.begin());
    next_ = i + 1;  // answers come in list order: the slots before this one are over
    return;
  }
  if (const auto why = debts_.Settle(frame.id, frame.data.size())) {
    if (*why == Debts::Why::kFlashes) return;  // says nothing of the transport
    ++result.discarded;
    result.late_ids.push_back(frame.id);
    was_late_ = was_late_ || *why == Debts::Why::kSilence;
    timer_.transport().Widen();
    return;
  }
  for (std::size_t i = 0; i < next_; ++i) {
    if (slots[i].id == frame.id && slots[i].length == frame.data.size()) {
      slots[i].repeated = true;
      return;
    }
  }
  result.foreign_bytes += static_cast<std::uint32_t>(protocol_.ReplySize(frame.data.size()));
}

std::size_t ServoLink::AnswerBytes(const ReplySlots& slots) const noexcept {
  std::size_t bytes = 0;
  for (const ReplySlot& slot : slots) bytes += protocol_.ReplySize(slot.length);
  return bytes;
}

std::size_t ServoLink::BytesToWakeFor(const ReplySlots& slots) const noexcept {
  std::size_t due = echo_due_.size();
  for (std::size_t i = next_; i < slots.size(); ++i) due += protocol_.ReplySize(slots[i].length);
  due -= std::min(due - std::min<std::size_t>(due, 1), parser_.pending());
  // What is usually missing when the sleep over several answers ends: the last of those that most
  // ticks ask for. (Always the same, because changing a tty's threshold is a system call; and below
  // 64, because above that the kernel hands bytes out in pieces of 64.)
  const std::size_t last_answer = protocol_.ReplySize(protocol_.usual_data);
  return slots.size() > 1 ? std::min(due, last_answer) : due;
}

std::size_t ServoLink::Probe(std::span<const std::uint8_t> request, std::span<std::uint8_t> into,
                             Nanos wait) noexcept {
  port_.SetReadThreshold(into.size());
  if (port_.Write(request) != SerialPort::WriteStatus::kOk) return 0;
  return port_.Read(into, clock_.Now() + wait).size;
}

void ServoLink::Reset() noexcept {
  was_late_ = false;
  parser_.Reset();
  debts_.Clear();
  echo_ = false;
  echo_due_ = {};
  owed_ = false;
  owed_bytes_ = 0;
}

}  // namespace soarm::servo
