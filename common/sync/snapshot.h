#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace soarm {

// The latest value of one writer, for any number of readers: a sequence lock whose payload is an
// array of atomic words, so that it is free of data races in the language's own terms (and for
// ThreadSanitizer), not only in practice.
//
// Threads    Store() from one thread; Load() and version() from any.
// Real time  Store() is wait-free. Load() retries while a store is in progress, so the writer
//            must never wait for a reader.
template <typename T>
class Snapshot {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  void Store(const T& value) noexcept {
    Words words{};
    std::memcpy(words.data(), &value, sizeof(T));
    const std::uint32_t sequence = sequence_.load(std::memory_order_relaxed);
    sequence_.store(sequence + 1, std::memory_order_relaxed);
    // Each word is released so that a reader who sees a new word also sees the odd sequence.
    for (std::size_t i = 0; i < kWords; ++i) words_[i].store(words[i], std::memory_order_release);
    sequence_.store(sequence + 2, std::memory_order_release);
  }

  // A consistent copy; all bytes zero before the first Store().
  T Load() const noexcept {
    T value;
    std::uint32_t version = 0;
    while (!TryLoad(value, version)) {
    }
    return value;
  }

  // One attempt at Load(): false while a store is in progress, and then `value` is unspecified.
  bool TryLoad(T& value, std::uint32_t& version) const noexcept {
    const std::uint32_t before = sequence_.load(std::memory_order_acquire);
    if (before % 2 != 0) return false;
    Words words;
    for (std::size_t i = 0; i < kWords; ++i) words[i] = words_[i].load(std::memory_order_acquire);
    if (sequence_.load(std::memory_order_relaxed) != before) return false;
    std::memcpy(static_cast<void*>(&value), words.data(), sizeof(T));
    version = before / 2;
    return true;
  }

  // Counts stores; 0 before the first.
  std::uint32_t version() const noexcept { return sequence_.load(std::memory_order_acquire) / 2; }

 private:
  static constexpr std::size_t kWords = (sizeof(T) + 7) / 8;
  using Words = std::array<std::uint64_t, kWords>;

  std::array<std::atomic<std::uint64_t>, kWords> words_{};
  std::atomic<std::uint32_t> sequence_{0};
};

}  // namespace soarm
