#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace soarm {

// A bounded queue of events from one thread to another. When it is full the newest event is
// dropped and counted: the writer never waits.
//
// Threads    Push() from one thread, Pop() from one other, lost() from any.
// Real time  both ends are wait-free and do not allocate.
template <typename T, std::size_t Capacity>
class Ring {
  static_assert(std::is_trivially_copyable_v<T>);
  static_assert((Capacity & (Capacity - 1)) == 0, "a power of two");

 public:
  bool Push(const T& value) noexcept {
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (head - tail_.load(std::memory_order_acquire) == Capacity) {
      lost_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    items_[head % Capacity] = value;
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

  std::optional<T> Pop() noexcept {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    if (tail == head_.load(std::memory_order_acquire)) return std::nullopt;
    const T value = items_[tail % Capacity];
    tail_.store(tail + 1, std::memory_order_release);
    return value;
  }

  // For the writer: the other end has not fetched all of it.
  bool HasUnread() const noexcept {
    return head_.load(std::memory_order_relaxed) != tail_.load(std::memory_order_acquire);
  }

  std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

 private:
  std::array<T, Capacity> items_{};
  alignas(64) std::atomic<std::uint64_t> head_{0};
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace soarm
