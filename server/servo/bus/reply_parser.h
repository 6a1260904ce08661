#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "server/servo/bus/wire_protocol.h"

namespace soarm::servo {

// Finds answers in a stream of bytes, whatever else is in it.
//
// A candidate that is damaged costs one byte, not its claimed length: the search goes on right
// behind its first header byte, so an answer that a damaged one seemed to swallow is found.
//
// Real time  every function.
class ReplyParser {
 public:
  enum class Event : std::uint8_t {
    kNone,     // needs more bytes
    kFrame,    // a whole, valid answer
    kDamaged,  // an answer's shape, but damaged; `frame` says whose it claims to be
  };

  // `protocol` outlives the parser.
  explicit ReplyParser(const WireProtocol& protocol) noexcept : protocol_(protocol) {}

  void Append(std::span<const std::uint8_t> bytes) noexcept;

  // The next event. With `final` no more bytes are due, so what is incomplete is searched too
  // instead of waited for. What `frame` points at is valid until the next call on the parser.
  Event Next(ReplyFrame& frame, bool final) noexcept;

  // Bytes that belonged to no valid answer, since the last call.
  std::uint32_t TakeSkipped() noexcept;
  // Bytes held back because they may become an answer.
  std::size_t pending() const noexcept { return end_ - begin_; }
  void Reset() noexcept;

 private:
  void Skip(std::size_t bytes) noexcept;

  const WireProtocol& protocol_;
  std::array<std::uint8_t, 1024> bytes_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint32_t skipped_ = 0;
};

}  // namespace soarm::servo
