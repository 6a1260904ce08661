#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "server/servo/bus/block.h"
#include "server/servo/bus/servo_link.h"

namespace soarm::servo {

// What one servo said to one request.
struct Answer {
  bool lost = false;
  bool sent = false;
  bool answered = false;
  bool damaged = false;
  bool echoed = false;  // what came first was an echo, which was not expected
  std::uint8_t status = 0;
  std::uint8_t first = 0;  // the register that `data` begins with
  std::uint8_t count = 0;
  std::array<std::uint8_t, kMaxReplyData> data{};
  std::uint32_t discarded = 0;
  std::uint32_t foreign_bytes = 0;

  std::span<const std::uint8_t> bytes() const noexcept { return {data.data(), count}; }
};

// What is answered, and whether after the servo has written its flash.
enum class Reply : std::uint8_t { kNone, kAtOnce, kFlashesFirst };

// Sends one request to one servo and waits for its answer, which holds `block`. `patience` as for
// ServoLink::Ask().
// Real time  yes; waits at most for the answer's worst case.
Answer AskOne(ServoLink& link, std::span<const std::uint8_t> request, std::uint8_t id, Block block,
              Reply reply, Nanos patience) noexcept;

}  // namespace soarm::servo
