#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>

#include "server/sim/wire.h"

namespace soarm::sim {

// A byte of the host's as it comes out of the line, or out of a servo's plug.
struct HeardByte {
  std::uint8_t value = 0;
  bool lost = false;
  bool operator==(const HeardByte&) const = default;
};

// What goes wrong on purpose with what the host sends: at one servo's plug, or on the line itself.
// The bytes keep their times, so the line is as busy as if they were sound; what a servo makes of
// them is its own receiver's business.
class RequestFaults {
 public:
  void CorruptRequests(int count) {
    corrupt_ = count;
    hit_.reset();
  }
  void CorruptBytes(double rate) { byte_error_rate_ = rate; }
  void LoseBytes(double rate) { byte_loss_rate_ = rate; }
  bool active() const noexcept {
    return corrupt_ > 0 || hit_ || byte_error_rate_ > 0 || byte_loss_rate_ > 0;
  }

  // A request of `size` bytes begins; one of them will be changed if requests are to be.
  void Begin(std::size_t size, std::mt19937_64& random);
  // What becomes of the next byte.
  void Spoil(HeardByte& byte, std::mt19937_64& random);

 private:
  int corrupt_ = 0;  // so many requests have one byte changed
  double byte_error_rate_ = 0;
  double byte_loss_rate_ = 0;
  std::optional<std::size_t> hit_;  // bytes until the one that is changed
};

// Where the host's requests begin, found byte by byte in what it has queued.
class RequestFrames {
 public:
  struct Start {
    std::uint8_t id = 0;
    std::size_t size = 0;
  };
  // The wire's next byte is about to be heard. The answer is the request that begins with it; a
  // header that the host sent in pieces is not recognised.
  std::optional<Start> Next(const Wire& wire) noexcept;
  void Reset() noexcept { left_ = 0; }

 private:
  std::size_t left_ = 0;  // of the request that was found last
};

}  // namespace soarm::sim
