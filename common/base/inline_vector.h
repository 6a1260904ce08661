#pragma once

#include <cassert>
#include <cstddef>
#include <type_traits>

namespace soarm {

// A vector whose storage is inside it: trivially copyable when T is, so it travels through
// Snapshot and Mailbox, and never touches the heap. A std::span takes it as it is.
//
// Real time  every function; a push_back beyond the capacity is dropped and answered with false.
template <typename T, std::size_t Capacity>
class InlineVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  constexpr bool push_back(const T& value) noexcept {
    if (size_ == Capacity) return false;
    items_[size_++] = value;
    return true;
  }
  // Grows with value-initialised items; at most Capacity.
  constexpr void resize(std::size_t size) noexcept {
    if (size > Capacity) size = Capacity;
    for (std::size_t i = size_; i < size; ++i) items_[i] = T{};
    size_ = size;
  }
  constexpr void clear() noexcept { size_ = 0; }

  constexpr T& operator[](std::size_t i) noexcept {
    assert(i < size_);
    return items_[i];
  }
  constexpr const T& operator[](std::size_t i) const noexcept {
    assert(i < size_);
    return items_[i];
  }
  constexpr T* begin() noexcept { return items_; }
  constexpr T* end() noexcept { return items_ + size_; }
  constexpr const T* begin() const noexcept { return items_; }
  constexpr const T* end() const noexcept { return items_ + size_; }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr bool empty() const noexcept { return size_ == 0; }
  static constexpr std::size_t capacity() noexcept { return Capacity; }

 private:
  T items_[Capacity]{};
  std::size_t size_ = 0;
};

}  // namespace soarm
