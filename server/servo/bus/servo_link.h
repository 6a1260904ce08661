#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "common/base/inline_vector.h"
#include "common/time/clock.h"
#include "server/core/joint.h"
#include "server/serial/serial_port.h"
#include "server/servo/bus/debts.h"
#include "server/servo/bus/reply_parser.h"
#include "server/servo/bus/slot_timer.h"
#include "server/servo/bus/wire_protocol.h"

namespace soarm::servo {

// What one servo is expected to answer, and what it did.
struct ReplySlot {
  std::uint8_t id = 0;
  std::uint8_t length = 0;  // data bytes asked for
  bool flashes = false;     // the servo writes its flash before it answers
  bool answered = false;
  bool damaged = false;   // something of its shape came, with a wrong checksum
  bool repeated = false;  // a second answer came: two servos have this id
  std::uint8_t status = 0;
  MonoTime sent_at{};  // when the answer left the servo, by the slot arithmetic
  std::array<std::uint8_t, kMaxReplyData> data{};

  std::span<const std::uint8_t> bytes() const noexcept { return {data.data(), length}; }
};
using ReplySlots = InlineVector<ReplySlot, kMaxJoints>;

struct AskResult {
  bool lost = false;                // the device is gone
  bool sent = false;                // false: the device did not take the request
  bool silent = false;              // answers were due and not one byte came
  bool complete = false;            // every slot answered
  std::uint32_t discarded = 0;      // late answers of earlier requests, thrown away
  std::uint32_t foreign_bytes = 0;  // bytes that belong to nothing we asked
  PerJoint<std::uint8_t> late_ids;  // whose late answers were thrown away: slow, but alive
};

// Requests and their answers over a byte stream, with deadlines per slot.
//
// An answer is accepted only in its slot's order, from the id asked and with the length asked;
// see Debts for why that is enough. After an exchange that stayed incomplete nothing is sent
// until its last answer's worst case is over, and what came by then is read away.
//
// Threads    the bus's thread.
// Real time  Ask() neither allocates, locks, logs nor throws. It writes, sleeps until the wire can
//            have carried several answers, and reads; then it polls and reads again for what the
//            transport still held back.
class ServoLink {
 public:
  // `protocol` outlives the link.
  ServoLink(SerialPort& port, Clock& clock, const WireProtocol& protocol, int baud) noexcept
      : port_(port),
        clock_(clock),
        protocol_(protocol),
        timer_(protocol, baud),
        parser_(protocol),
        debts_(protocol.register_count) {}

  // Sends `request` and waits for `slots` (id, length and flashes set by the caller, the rest
  // cleared here) until all are in or the last one is overdue. `patience` is waited beyond the
  // worst case, for transports that are now and then slower than they were measured to be. Nothing
  // cuts this short: an answer given up on costs more (its servo's data, and the wait for it to
  // pass) than the rest of its wait.
  AskResult Ask(std::span<const std::uint8_t> request, ReplySlots& slots,
                Nanos patience = Nanos(0)) noexcept;

  // Where there is nobody to ask: whether the port is still there, and what is said all the same.
  AskResult Listen() noexcept;

  // The adapter sends our own bytes back to us; found out when the bus is opened.
  void set_echo(bool echo) noexcept { echo_ = echo; }
  bool echo() const noexcept { return echo_; }

  // Sends `request` and returns what comes within `wait`, unparsed: only for finding out whether
  // the adapter echoes.
  std::size_t Probe(std::span<const std::uint8_t> request, std::span<std::uint8_t> into,
                    Nanos wait) noexcept;

  // Whether since the last call an exchange looked as if the transport were slower than is known:
  // it was complete only thanks to patience, or was silent and its answers came after all.
  bool TakeLateness() noexcept { return std::exchange(was_late_, false); }

  // When something was heard last.
  MonoTime heard_at() const noexcept { return heard_at_; }

  // When the next request may go out, as far as the last one's answers are concerned.
  MonoTime free_at() const noexcept { return owed_ ? owed_until_ : MonoTime{}; }
  void Reset() noexcept;
  SlotTimer& timer() noexcept { return timer_; }
  const SlotTimer& timer() const noexcept { return timer_; }
  Debts& debts() noexcept { return debts_; }

 private:
  // Waits out an incomplete exchange.
  void SettleWire(AskResult& result) noexcept;
  void Collect(ReplySlots& slots, MonoTime request_end, Nanos patience, AskResult& result) noexcept;
  // Hands bytes to the parser, less our own echo; how many that were.
  std::size_t Feed(std::span<const std::uint8_t> bytes) noexcept;
  void Sort(ReplySlots& slots, bool final, AskResult& result) noexcept;
  void Accept(ReplySlots& slots, const ReplyFrame& frame, AskResult& result) noexcept;
  std::size_t AnswerBytes(const ReplySlots& slots) const noexcept;
  std::size_t BytesToWakeFor(const ReplySlots& slots) const noexcept;

  SerialPort& port_;
  Clock& clock_;
  const WireProtocol& protocol_;
  SlotTimer timer_;
  ReplyParser parser_;
  Debts debts_;
  bool echo_ = false;
  std::span<const std::uint8_t> echo_due_;  // of the request being sent; empty between Ask()s
  std::size_t next_ = 0;                    // slots before this one are over
  MonoTime owed_until_{};                   // nothing may be sent before
  bool owed_ = false;
  std::size_t owed_bytes_ = 0;  // of answers that are missing and may still come
  bool was_late_ = false;       // see TakeLateness()
  MonoTime heard_at_{};
};

}  // namespace soarm::servo
