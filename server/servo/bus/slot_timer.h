#pragma once

#include <algorithm>
#include <cstddef>

#include "common/time/clock.h"
#include "server/servo/bus/transport_delay.h"
#include "server/servo/bus/wire_protocol.h"

namespace soarm::servo {

// When answers are due: arithmetic on bytes, plus what the transport was seen to add.
//
// Real time  every function.
class SlotTimer {
 public:
  constexpr SlotTimer(const WireProtocol& protocol, int baud) noexcept
      : protocol_(protocol), byte_time_(Nanos(10'000'000'000 / baud)) {}

  constexpr const WireProtocol& protocol() const noexcept { return protocol_; }

  constexpr Nanos WireTime(std::size_t bytes) const noexcept {
    return byte_time_ * static_cast<std::int64_t>(bytes);
  }
  // From the end of the request to the end of the answer in slot `slot` (0 = first) when every
  // answer carries `data` bytes. Some servos compute their slots from the list, with the gaps of
  // their protocol; others wait for their return delay each.
  constexpr Nanos SlotEnd(std::size_t slot, std::size_t data) const noexcept {
    const Nanos each = WireTime(protocol_.ReplySize(data) + protocol_.gap_bytes) + return_delay_;
    return each * static_cast<std::int64_t>(slot + 1) + WireTime(protocol_.idle_bytes);
  }
  // From the end of the request to the last byte of `answers` answers of `bytes` bytes in all, with
  // the protocol's gaps and no return delay. Servos that answer without slots may be done 20 us an
  // answer sooner.
  constexpr Nanos Expected(std::size_t bytes, std::size_t answers) const noexcept {
    return WireTime(bytes + answers * protocol_.gap_bytes);
  }
  // How much later than Expected() answers usually are, as a sleep over them goes on for: so long
  // that two times of three all of them are there when it ends. Waiting longer would make every
  // sample older, a shorter wait costs one more wake-up.
  constexpr Nanos usual_lateness() const noexcept { return usual_lateness_; }
  constexpr void OnSleptOver(bool all_there) noexcept {
    usual_lateness_ += all_there ? -kLatenessStep : 2 * kLatenessStep;
    usual_lateness_ = std::clamp(usual_lateness_, Nanos(0), kLongestLateness);
  }

  // What one request of `request_bytes` and its `slots` answers may take at worst.
  Nanos Worst(std::size_t request_bytes, std::size_t slots, std::size_t data) const noexcept {
    return OnTheWire(request_bytes, slots, data) + allowance();
  }

  // What it takes when the transport does its best. In the slack of a tick this decides whether to
  // begin: by the worst case a slow transport would leave no room for probes and operations at
  // all. When it takes longer, the next tick begins late.
  Nanos Usual(std::size_t request_bytes, std::size_t slots, std::size_t data) const noexcept {
    return OnTheWire(request_bytes, slots, data) + transport_.at_best();
  }

  Nanos allowance() const noexcept { return transport_.allowance(); }
  constexpr void set_return_delay(Nanos delay) noexcept { return_delay_ = delay; }

  // What the transport adds to all that.
  TransportDelay& transport() noexcept { return transport_; }
  const TransportDelay& transport() const noexcept { return transport_; }

 private:
  constexpr Nanos OnTheWire(std::size_t request_bytes, std::size_t slots,
                            std::size_t data) const noexcept {
    return WireTime(request_bytes) + (slots == 0 ? Nanos(0) : SlotEnd(slots - 1, data));
  }

  static constexpr Nanos kLatenessStep = std::chrono::microseconds(1);
  static constexpr Nanos kLongestLateness = std::chrono::milliseconds(1);  // a USB frame

  WireProtocol protocol_;
  Nanos byte_time_;
  Nanos usual_lateness_{0};
  Nanos return_delay_{0};
  TransportDelay transport_;
};

}  // namespace soarm::servo
