#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <type_traits>

namespace soarm {

// The latest command from any of several slow threads to one fast reader. A newer value replaces
// an unread one, which its writer gets back: of each value it is known whether it was read.
//
// Three cells change hands: one is the reader's, one the writers', and the third lies between them,
// with a mark while its value is unread.
//
// Threads    Post() from any thread (writers exclude each other with a leaf lock that the reader
//            never takes, for the time of a copy); Take() from one thread.
// Real time  Take() is wait-free and does not allocate.
template <typename T>
class Mailbox {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // The value that nobody has read and, from now on, nobody will. That is `value` itself where
  // `outranks(unread, value)`: it comes too late to replace the unread one.
  template <typename Outranks>
  std::optional<T> Post(const T& value, Outranks outranks) noexcept {
    const std::lock_guard lock(writers_);
    // The reader may take it meanwhile, and does not change it.
    const std::uint32_t waiting = between_.load(std::memory_order_acquire);
    if ((waiting & kUnread) != 0 && outranks(cells_[waiting & kCell], value)) return value;
    cells_[writers_cell_] = value;
    const std::uint32_t before =
        between_.exchange(writers_cell_ | kUnread, std::memory_order_acq_rel);
    writers_cell_ = before & kCell;
    if ((before & kUnread) == 0) return std::nullopt;
    return cells_[writers_cell_];
  }

  std::optional<T> Post(const T& value) noexcept {
    return Post(value, [](const T&, const T&) { return false; });
  }

  // The newest value posted since the last Take(); nothing when there is none.
  std::optional<T> Take() noexcept {
    if ((between_.load(std::memory_order_relaxed) & kUnread) == 0) return std::nullopt;
    // Only this thread takes the mark away, so it is still there.
    readers_cell_ = between_.exchange(readers_cell_, std::memory_order_acq_rel) & kCell;
    return cells_[readers_cell_];
  }

 private:
  static constexpr std::uint32_t kCell = 3;
  static constexpr std::uint32_t kUnread = 4;

  std::array<T, 3> cells_{};
  alignas(64) std::atomic<std::uint32_t> between_{0};
  std::uint32_t readers_cell_ = 1;  // the reader's
  alignas(64) std::mutex writers_;
  std::uint32_t writers_cell_ = 2;  // guarded by writers_
};

}  // namespace soarm
