#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace soarm::servo::feetech {

// One answer as it came off the wire.
struct StatusFrame {
  std::uint8_t id = 0;
  std::uint8_t status = 0;             // the servo's fault bits (register 65)
  std::span<const std::uint8_t> data;  // valid until the next call on the parser
};

// Finds answers in a stream of bytes, whatever else is in it.
//
// A candidate that fails its checksum costs one byte, not its claimed length: the search goes on
// right behind its first header byte, so an answer that a damaged one seemed to swallow is found.
//
// Real time  every function.
class StatusParser {
 public:
  enum class Event : std::uint8_t {
    kNone,     // needs more bytes
    kFrame,    // a whole, valid answer
    kDamaged,  // an answer's shape, but checksum or status byte wrong; `frame` says whose it
               // claims to be
  };

  void Append(std::span<const std::uint8_t> bytes) noexcept;

  // The next event. With `final` no more bytes are due, so what is incomplete is searched too
  // instead of waited for.
  Event Next(StatusFrame& frame, bool final) noexcept;

  // Bytes that belonged to no valid answer, since the last call.
  std::uint32_t TakeSkipped() noexcept;
  // Bytes held back because they may become an answer.
  std::size_t pending() const noexcept { return end_ - begin_; }
  void Reset() noexcept;

 private:
  void Skip(std::size_t bytes) noexcept;

  std::array<std::uint8_t, 1024> bytes_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint32_t skipped_ = 0;
};

}  // namespace soarm::servo::feetech
