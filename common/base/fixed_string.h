#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace soarm {

// A short name that lives inside trivially copyable structs. Longer text is cut.
//
// Real time  every function.
template <std::size_t Capacity>
class FixedString {
 public:
  constexpr FixedString() = default;
  // Implicit on purpose: a name is a name.
  constexpr FixedString(std::string_view text) noexcept
      : size_(text.size() < Capacity ? text.size() : Capacity) {
    for (std::size_t i = 0; i < size_; ++i) bytes_[i] = text[i];
  }
  constexpr FixedString(const char* text) noexcept : FixedString(std::string_view(text)) {}

  constexpr std::string_view view() const noexcept { return {bytes_, size_}; }
  constexpr operator std::string_view() const noexcept { return view(); }
  friend constexpr bool operator==(const FixedString& a, std::string_view b) noexcept {
    return a.view() == b;
  }

 private:
  char bytes_[Capacity]{};
  std::size_t size_ = 0;
};

using Name = FixedString<32>;

}  // namespace soarm
