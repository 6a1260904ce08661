#pragma once

#include <mutex>
#include <optional>
#include <type_traits>

#include "common/sync/snapshot.h"

namespace soarm {

// The latest command from any of several slow threads to one fast reader. A newer value replaces
// an unread one; the reader learns how many were replaced from the value's own numbering.
//
// Threads    Post() from any thread (writers exclude each other with a leaf lock that the reader
//            never takes); Take() from one thread.
// Real time  Take() neither locks nor allocates. It gives up for this call, rather than spin,
//            when it catches a writer in mid-store; the value is there at the next call.
template <typename T>
class Mailbox {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  void Post(const T& value) noexcept {
    const std::lock_guard lock(writers_);
    slot_.Store(value);
  }

  // The newest value posted since the last Take(); nothing when there is none.
  std::optional<T> Take() noexcept {
    if (slot_.version() == taken_) return std::nullopt;
    T value;
    std::uint32_t version = 0;
    if (!slot_.TryLoad(value, version) || version == taken_) return std::nullopt;
    taken_ = version;
    return value;
  }

 private:
  std::mutex writers_;
  Snapshot<T> slot_;
  std::uint32_t taken_ = 0;  // reader's
};

}  // namespace soarm
