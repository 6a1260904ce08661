#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace soarm::servo {

// A span of registers.
struct Block {
  std::uint8_t address = 0;
  std::uint8_t count = 0;
};
constexpr bool Covers(Block outer, Block inner) noexcept {
  return outer.address <= inner.address &&
         outer.address + outer.count >= inner.address + inner.count;
}

// What is written to one register or to some that follow each other, as it goes on the wire.
struct RegisterBytes {
  std::array<std::uint8_t, 4> bytes{};
  std::uint8_t width = 0;
  std::span<const std::uint8_t> span() const noexcept { return {bytes.data(), width}; }
};

}  // namespace soarm::servo
