#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace soarm::servo {

// Longest data of an answer that any family is asked for.
inline constexpr std::size_t kMaxReplyData = 48;

// One answer as it came off the wire.
struct ReplyFrame {
  std::uint8_t id = 0;
  std::uint8_t status = 0;             // what the servo says of itself in every answer
  std::span<const std::uint8_t> data;  // within the bytes it was found in
};

// What a family sees in the first bytes of what came.
struct FrameLook {
  enum class Is : std::uint8_t {
    kNothing,     // no answer begins here
    kIncomplete,  // one may: more bytes are needed to tell
    kDamaged,     // an answer's shape, but not what it has to hold
    kFrame,       // a whole, valid answer of `size` bytes
  };
  Is is = Is::kNothing;
  std::size_t size = 0;
};

// All that the bus half has to know of a family's packets. Each family has one constant of it.
struct WireProtocol {
  // Looks at `bytes`, which are at least one. Fills `frame` for kFrame and, with what it claims to
  // be, for kDamaged. Real time: yes.
  FrameLook (*look)(std::span<const std::uint8_t> bytes, ReplyFrame& frame) noexcept = nullptr;

  std::size_t reply_overhead = 0;  // bytes of an answer beside its data
  // Byte times that a servo leaves between the answer before its own and its own, and that the
  // first one leaves after the request.
  std::size_t gap_bytes = 0;
  std::size_t idle_bytes = 0;
  // What most ticks ask each servo for; only what is woken for depends on it.
  std::size_t usual_data = 0;
  std::size_t register_count = 0;  // an answer is cut behind the last one

  constexpr std::size_t ReplySize(std::size_t data) const noexcept { return reply_overhead + data; }
};

}  // namespace soarm::servo
